import { defineConfig } from 'vitest/config';

/** One thread, one device: Dawn in Node does not like a second one, and the machine has two cores. */
const serial = { pool: 'forks', isolate: false, fileParallelism: false } as const;

export default defineConfig({
  base: './',
  worker: { format: 'es' },
  build: { outDir: 'dist', target: 'es2022' },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{text,weights,scripts,unit}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: ['test/{gpu,tensor,ops,nn,model}/**/*.test.ts'],
          setupFiles: ['test/support/gpu.ts'],
          testTimeout: 120_000,
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
    ],
  },
});
