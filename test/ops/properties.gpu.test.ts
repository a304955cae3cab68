import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attention } from '../../src/ops/attention.ts';
import { attentionForward } from '../../src/ops/attentionVariants.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { packing } from '../../src/ops/packing.ts';
import { pool } from '../../src/ops/pooling.ts';
import { gemm } from '../../src/ops/products/gemm.ts';
import { products } from '../../src/ops/products/productVariants.ts';
import { softmax } from '../../src/ops/softmax.ts';
import type { Pooling } from '../../src/types.ts';
import { compute, testEngine } from '../support/engine.ts';
import { expectClose, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();
const families = [products.NN, products.NT];
const settings = (numRuns: number) => ({ seed: 1_912, numRuns });

/** Sizes up to three tiles of 64, those next to a tile's edge more often than the rest. */
const rowCount = fc.oneof(
  fc.integer({ min: 1, max: 190 }),
  fc.constantFrom(1, 63, 64, 65, 127, 128, 129, 192),
);
const quadWidth = rowCount.map((n) => 4 * Math.max(1, Math.ceil(n / 4)));
const seed = fc.integer({ min: 1, max: 1e6 });

function pack(lengths: readonly number[], keyLens: readonly number[] = lengths) {
  const cuSeqlens = [0];
  for (const length of lengths) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  return packing(engine, Uint32Array.from(cuSeqlens), Uint32Array.from(keyLens));
}

describe.each(variantNames(families, engine))('gemm, %s kernel', (variant) => {
  useVariants(engine, families, variant);

  it('agrees with float64 at any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(rowCount, quadWidth, quadWidth),
        fc.boolean(),
        fc.boolean(),
        seed,
        async (size, transposeB, dressed, number) => {
          const [rows, columns, inner] = size;
          const a = tensorOf([rows, inner], number);
          const b = tensorOf(transposeB ? [columns, inner] : [inner, columns], number + 1);
          const bias = tensorOf([columns], number + 2);
          const residual = tensorOf([rows, columns], number + 3);
          const actual = await compute(engine, [a, b, bias, residual], (a, b, bias, residual) =>
            gemm(a, b, { transposeB, ...(dressed && { bias, residual, gelu: true }) }),
          );
          const product = reference.matmul(a.data, b.data, size, transposeB);
          const expected = dressed
            ? reference
                .gelu(product.map((value, i) => value + bias.data[i % columns]!))
                .map((value, i) => value + residual.data[i]!)
            : product;
          expectClose(actual, expected, 2e-6 * Math.sqrt(inner));
        },
      ),
      settings(14),
    );
  });
});

const sequence = fc
  .tuple(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 31, 32, 33, 64)), fc.nat({ max: 99 }))
  .map(([length, share]) => ({
    length,
    keys: Math.max(1, Math.min(length, Math.ceil((length * (share + 1)) / 100))),
  }));
const sequences = fc.array(sequence, { minLength: 1, maxLength: 7 });

describe.each(variantNames([attentionForward], engine))('attention, %s kernel', (variant) => {
  useVariants(engine, [attentionForward], variant);

  it('agrees with float64 for any lengths, padded or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        sequences,
        fc.constantFrom([2, 8], [1, 64], [3, 20]),
        seed,
        async (list, [heads, headSize], number) => {
          const lengths = list.map(({ length }) => length);
          const keyLens = list.map(({ keys }) => keys);
          const rows = lengths.reduce((a, b) => a + b);
          const qkv = tensorOf([rows, 3 * heads! * headSize!], number, 2);
          const actual = await compute(engine, [qkv], (qkv) =>
            attention(qkv, pack(lengths, keyLens), heads!),
          );
          const expected = reference.attention(qkv.data, heads!, headSize!, lengths, keyLens);
          expectClose(actual, expected, 4e-6);
        },
      ),
      settings(12),
    );
  });

  it('gives a sequence the same bits alone and among others', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, fc.nat(), seed, async (list, pick, number) => {
        const lengths = list.map(({ length }) => length);
        const chosen = pick % lengths.length;
        const before = lengths.slice(0, chosen).reduce((a, b) => a + b, 0);
        const rows = lengths.reduce((a, b) => a + b);
        const qkv = tensorOf([rows, 3 * 16], number, 2);
        const among = await compute(engine, [qkv], (qkv) => attention(qkv, pack(lengths), 2));
        const own = {
          data: qkv.data.slice(before * 48, (before + lengths[chosen]!) * 48),
          shape: [lengths[chosen]!, 48],
        };
        const alone = await compute(engine, [own], (qkv) => attention(qkv, pack([lengths[chosen]!]), 2));
        expect(alone).toEqual(among.slice(before * 16, (before + lengths[chosen]!) * 16));
      }),
      settings(8),
    );
  });
});

describe('layerNorm', () => {
  it('does not change with a shift or a scale of its rows', async () => {
    const change = fc.record({
      shift: fc.integer({ min: -8, max: 8 }),
      power: fc.integer({ min: -6, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(rowCount, quadWidth, change, seed, async (rows, width, { shift, power }, number) => {
        fc.pre(width > 4);
        const x = tensorOf([rows, width], number);
        const moved = { ...x, data: x.data.map((value) => (value + shift) * 2 ** power) };
        const gamma = tensorOf([width], number + 1);
        const beta = tensorOf([width], number + 2);
        const norm = (x: typeof moved) =>
          compute(engine, [x, gamma, beta], (x, gamma, beta) => layerNorm(x, gamma, beta, 1e-12));
        expectClose(await norm(moved), await norm(x), 2e-5);
      }),
      settings(12),
    );
  });
});

describe('softmax', () => {
  it('has rows of positive numbers that sum to 1, and does not change with a shift', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowCount,
        rowCount,
        fc.constantFrom(-50, 0, 80),
        seed,
        async (rows, width, shift, number) => {
          const x = tensorOf([rows, width], number, 8);
          const moved = { ...x, data: x.data.map((value) => value + shift) };
          const [plain, shifted] = [
            await compute(engine, [x], softmax),
            await compute(engine, [moved], softmax),
          ];
          for (let row = 0; row < rows; row += 1) {
            const values = plain.slice(row * width, (row + 1) * width);
            expect(Math.min(...values)).toBeGreaterThan(0);
            expect(Math.abs(values.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(2e-6);
          }
          expectClose(shifted, plain, 1e-5);
        },
      ),
      settings(12),
    );
  });
});

describe('normalize', () => {
  it('gives rows of length 1 that point where they did', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowCount,
        quadWidth,
        fc.constantFrom(1e-6, 1, 1e6),
        seed,
        async (rows, width, scale, number) => {
          const x = tensorOf([rows, width], number, scale);
          const y = await compute(engine, [x], normalize);
          for (let row = 0; row < rows; row += 1) {
            const from = [...x.data.slice(row * width, (row + 1) * width)];
            const to = [...y.slice(row * width, (row + 1) * width)];
            expect(Math.abs(Math.hypot(...to) - 1)).toBeLessThan(1e-6);
            const along = to.reduce((sum, value, i) => sum + value * from[i]!, 0);
            expect(Math.abs(along / Math.hypot(...from) - 1)).toBeLessThan(1e-6);
          }
        },
      ),
      settings(12),
    );
  });
});

describe('pool', () => {
  it.each(['mean', 'cls', 'max', 'mean-with-padding'] as Pooling[])(
    '%s of sequences in another order is the same vectors in that order',
    async (pooling) => {
      await fc.assert(
        fc.asyncProperty(sequences, fc.infiniteStream(fc.nat()), seed, async (list, order, number) => {
          const width = 20;
          let first = 0;
          const parts = list.map(({ length, keys }, i) => {
            const data = tensorOf([length, width], number + i).data;
            first += length;
            return { length, keys, data, i };
          });
          const shuffled = [...parts];
          for (let i = shuffled.length - 1; i > 0; i -= 1) {
            const j = order.next().value! % (i + 1);
            [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
          }
          const pooled = (of: typeof parts) => {
            const data = new Float32Array(of.flatMap(({ data }) => [...data]));
            return compute(engine, [{ data, shape: [first, width] }], (x) =>
              pool(
                x,
                pack(
                  of.map(({ length }) => length),
                  of.map(({ keys }) => keys),
                ),
                pooling,
              ),
            );
          };
          const [straight, mixed] = [await pooled(parts), await pooled(shuffled)];
          shuffled.forEach(({ i }, position) => {
            expect(mixed.slice(position * width, (position + 1) * width)).toEqual(
              straight.slice(i * width, (i + 1) * width),
            );
          });
        }),
        settings(6),
      );
    },
  );
});
