import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { policyInPage, securityHeaders } from './scripts/page/contentSecurityPolicy.ts';
import { serviceWorker } from './scripts/page/serviceWorker.ts';
import { hang } from './test/support/hang.ts';

/** Two processes side by side, which keep what they have opened (a device, a browser) from one file to the next. */
const kept = { pool: 'forks', isolate: false } as const;

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

/** What `npm test` has of the tests in a browser beside those of the page: the library in its worker. */
const smoke = ['test/browser/{budget,client}.test.ts'];

/** What counts milliseconds of the page's own thread: nothing else may run beside it. */
const measured = ['test/browser/smooth.test.ts'];

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
    testTimeout: hang,
    hookTimeout: hang,
    expect: { poll: { timeout: hang } },
    maxWorkers: Math.min(2, availableParallelism()),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.gpu.test.ts', 'test/{page,browser,consumer}/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['test/**/*.gpu.test.ts'],
          globalSetup: ['test/support/pipelineReport.ts'],
          setupFiles: ['test/support/gpu.ts'],
          ...kept,
        },
      },
      {
        extends: true,
        test: {
          name: 'page',
          include: ['test/page/**/*.test.ts'],
          ...kept,
        },
      },
      {
        extends: true,
        test: {
          name: 'smoke',
          include: smoke,
          ...kept,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/{browser,consumer}/**/*.test.ts'],
          exclude: [...smoke, ...measured],
          ...kept,
        },
      },
      {
        extends: true,
        test: {
          name: 'smooth',
          include: measured,
          ...kept,
          fileParallelism: false,
        },
      },
    ],
  },
}));
