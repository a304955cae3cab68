import { defineConfig } from 'vitest/config';
import { policyInPage, securityHeaders } from './scripts/page/contentSecurityPolicy.ts';
import { serviceWorker } from './scripts/page/serviceWorker.ts';

/** One thread, one device: Dawn in Node does not like a second one, and the machine has two cores. */
const serial = { pool: 'forks', isolate: false, fileParallelism: false } as const;

/** The demo page, in dist/. */
const page = { outDir: 'dist', target: 'es2022' };

/** The library, in lib/: what it depends on stays outside, but for the worker, which must stand alone. */
const library = {
  outDir: 'lib',
  target: 'es2022',
  copyPublicDir: false,
  minify: false,
  lib: { entry: { index: 'src/index.ts', client: 'src/worker/client.ts' }, formats: ['es' as const] },
  rolldownOptions: { external: ['comlink', '@huggingface/tokenizers', 'fflate', 'papaparse'] },
};

export default defineConfig(({ command, mode }) => ({
  base: './',
  plugins: command === 'build' && mode !== 'library' ? [policyInPage(), serviceWorker()] : [],
  preview: { headers: securityHeaders },
  // A consumer's build copies the library's worker, and none of the files that it would fetch.
  worker: {
    format: 'es',
    ...(mode === 'library' && { rolldownOptions: { output: { codeSplitting: false } } }),
  },
  build: mode === 'library' ? library : page,
  test: {
    // A browser on a busy machine takes its time; the default of one second is no measure of it.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.gpu.test.ts', 'test/{page,browser,consumer}/**'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['test/**/*.gpu.test.ts'],
          setupFiles: ['test/support/gpu.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...serial,
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          ...serial,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/{browser,consumer}/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          ...serial,
        },
      },
    ],
  },
}));
