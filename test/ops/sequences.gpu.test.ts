import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { attention } from '../../src/ops/attention.ts';
import { attentionForward } from '../../src/ops/attentionVariants.ts';
import { packing } from '../../src/ops/packing.ts';
import { pool } from '../../src/ops/pooling.ts';
import type { Pooling } from '../../src/types.ts';
import { compute, testEngine } from '../support/engine.ts';
import { expectClose, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();

/** Lengths around a tile of 32 keys and around the 8 to 32 queries of a workgroup. */
const ragged = [1, 2, 31, 32, 33, 7, 65, 100, 1];

function pack(lengths: readonly number[], keyLens: readonly number[] = lengths) {
  const cuSeqlens = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, b) => {
    cuSeqlens[b + 1] = cuSeqlens[b]! + length;
  });
  return packing(engine, cuSeqlens, Uint32Array.from(keyLens));
}

describe.each(variantNames([attentionForward], engine))('attention, %s kernel', (variant) => {
  useVariants(engine, [attentionForward], variant);

  it.each([
    [12, 32],
    [3, 4],
    [2, 48],
    [1, 256],
  ])('%i heads of %i, ragged lengths', async (heads, headSize) => {
    const rows = ragged.reduce((a, b) => a + b);
    const qkv = tensorOf([rows, 3 * heads * headSize], 1, 2);
    const actual = await compute(engine, [qkv], (qkv) => attention(qkv, pack(ragged), heads));
    expectClose(actual, reference.attention(qkv.data, heads, headSize, ragged, ragged), 2e-6);
  });

  it('looks at the keys only, not at the padding behind them', async () => {
    const lengths = [40, 40, 40];
    const keyLens = [40, 33, 1];
    const qkv = tensorOf([120, 3 * 64], 2, 2);
    const actual = await compute(engine, [qkv], (qkv) => attention(qkv, pack(lengths, keyLens), 2));
    expectClose(actual, reference.attention(qkv.data, 2, 32, lengths, keyLens), 2e-6);
  });

  it('is stable for scores in the hundreds', async () => {
    const qkv = tensorOf([37, 3 * 32], 3, 40);
    const actual = await compute(engine, [qkv], (qkv) => attention(qkv, pack([37]), 1));
    expectClose(actual, reference.attention(qkv.data, 1, 32, [37], [37]), 1e-3);
  });

  it('refuses a head size that is no multiple of 4', async () => {
    const qkv = tensorOf([2, 3 * 6], 4);
    await expect(compute(engine, [qkv], (qkv) => attention(qkv, pack([2]), 1))).rejects.toThrow(ShapeError);
  });
});

describe('pool', () => {
  const lengths = [1, 5, 64, 3];
  const keyLens = [1, 3, 64, 1];

  it.each([4, 60, 384])('all modes at width %i', async (width) => {
    const rows = lengths.reduce((a, b) => a + b);
    const x = tensorOf([rows, width], 1);
    const columnOf = (first: number, count: number, column: number) =>
      Array.from({ length: count }, (_, row) => x.data[(first + row) * width + column]!);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const expected = (of: (first: number, keys: number, all: number, column: number) => number) => {
      let first = 0;
      return lengths.flatMap((all, b) => {
        const values = Array.from({ length: width }, (_, column) => of(first, keyLens[b]!, all, column));
        first += all;
        return values;
      });
    };
    const references: Record<Pooling, number[]> = {
      mean: expected((first, keys, _, column) => mean(columnOf(first, keys, column))),
      cls: expected((first, _keys, _, column) => columnOf(first, 1, column)[0]!),
      max: expected((first, keys, _, column) => Math.max(...columnOf(first, keys, column))),
      'mean-with-padding': expected((first, _, all, column) => mean(columnOf(first, all, column))),
    };
    for (const [pooling, values] of Object.entries(references) as [Pooling, number[]][]) {
      const actual = await compute(engine, [x], (x) => pool(x, pack(lengths, keyLens), pooling));
      expectClose(actual, values, 1e-6);
    }
  });
});
