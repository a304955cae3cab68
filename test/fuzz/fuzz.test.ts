import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleHunts, huntInWorker } from '../support/fuzz/inWorker.ts';

/**
 * For a longer hunt, or to see one again: FUZZ_RUNS (with vitest's --testTimeout from 100,000 on), FUZZ_SEED, and
 * FUZZ_PATH as a failure prints it. `npm run test:all` has 10,000.
 */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);
const runs = Number(process.env.FUZZ_RUNS ?? 300);
const path = process.env.FUZZ_PATH;

describe('mutated files are read right or refused by name, at once and in little memory', () => {
  let bundle: Awaited<ReturnType<typeof bundleHunts>>;
  beforeAll(async () => {
    bundle = await bundleHunts();
  });
  afterAll(() => bundle.remove());

  it.each(['safetensors', 'shards', 'zip', 'dataset', 'folder', 'tokenizer', 'checkpoint'] as const)(
    '%s',
    async (family) => {
      const report = await huntInWorker(bundle.file, { family, seed, runs, ...(path && { path }) });
      const total = (outcomes: Record<string, number>) => Object.values(outcomes).reduce((a, b) => a + b, 0);
      const [read, refused] = [total(report.read), total(report.refused)];
      const { seconds, slowestMs, mostBytes } = report;
      console.log(
        `${family}: seed ${seed}, ${runs} inputs in ${seconds.toFixed(1)} s, ${read} read (${Object.keys(report.read).length} ways), ` +
          `${refused} refused (${Object.keys(report.refused).length} reasons), slowest ${slowestMs.toFixed()} ms, most ${(mostBytes / 2 ** 20).toFixed(1)} MB`,
      );
      if (process.env.FUZZ_TABLE) console.table({ ...report.read, ...report.refused });
      expect(read + refused).toBe(runs);
      // Where all is refused at the first byte, nothing is tried.
      if (runs < 1000) return;
      expect(read / runs).toBeGreaterThan(0.1);
      expect(Object.keys(report.refused).length).toBeGreaterThan(9);
    },
  );
});
