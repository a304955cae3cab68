import fc from 'fast-check';
import { describe, it } from 'vitest';
import { attention } from '../../src/ops/attention.ts';
import { attentionBackward, attentionForward } from '../../src/ops/attentionVariants.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { pool } from '../../src/ops/pooling.ts';
import { linear } from '../../src/ops/products/linear.ts';
import type { Pooling } from '../../src/types.ts';
import {
  check,
  engine,
  pack,
  plainLinear,
  plainPool,
  rowCount,
  rowsOf,
  seed,
  sequences,
  settings,
  width,
} from '../support/differences.ts';
import { tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { useVariants, variantNames } from '../support/variants.ts';

describe('our gradients are the difference quotients of the float64 references', () => {
  it('linear', async () => {
    const columns = fc.oneof(width, fc.integer({ min: 1, max: 9 }));
    await fc.assert(
      fc.asyncProperty(
        rowCount,
        columns,
        fc.oneof(width, columns),
        seed,
        async (rows, columns, inner, number) => {
          const inputs = {
            x: tensorOf([rows, inner], number),
            weight: tensorOf([columns, inner], number + 1),
            bias: tensorOf([columns], number + 2),
          };
          await check(
            inputs,
            ['weight', 'bias'],
            ({ x, weight, bias }) => linear(x, weight, bias),
            ({ x, weight, bias }) => plainLinear(x, weight, bias),
            [rows, columns],
          );
        },
      ),
      settings(25),
    );
  });

  it('layerNorm', async () => {
    await fc.assert(
      fc.asyncProperty(rowCount, width, seed, async (rows, width, number) => {
        fc.pre(width > 4);
        const inputs = {
          x: tensorOf([rows, width], number),
          gamma: tensorOf([width], number + 1),
          beta: tensorOf([width], number + 2),
        };
        await check(
          inputs,
          ['gamma', 'beta'],
          ({ x, gamma, beta }) => layerNorm(x, gamma, beta, 1e-12),
          ({ x, gamma, beta }) => reference.layerNorm(x, gamma, beta, 1e-12),
          [rows, width],
        );
      }),
      settings(25),
    );
  });

  const families = [attentionForward, attentionBackward];
  describe.each(variantNames(families, engine))('attention, %s kernel', (variant) => {
    useVariants(engine, families, variant);

    it('of any lengths, padded or not', async () => {
      await fc.assert(
        fc.asyncProperty(
          sequences,
          fc.constantFrom<[number, number]>([2, 8], [1, 64], [3, 20], [2, 32], [1, 4]),
          seed,
          async (list, [heads, headSize], number) => {
            const hidden = heads * headSize;
            const [lengths, keys] = [list.map(({ length }) => length), list.map(({ keys }) => keys)];
            await check(
              { qkv: tensorOf([rowsOf(list), 3 * hidden], number, 2) },
              [],
              ({ qkv }) => attention(qkv, pack(list), heads),
              ({ qkv }) => reference.attention(qkv, heads, headSize, lengths, keys),
              [rowsOf(list), hidden],
            );
          },
        ),
        settings(16),
      );
    });
  });

  it.each<Pooling>(['max', 'mean', 'mean-with-padding', 'cls'])('pool: %s', async (pooling) => {
    await fc.assert(
      fc.asyncProperty(sequences, width, seed, async (list, width, number) => {
        await check(
          { x: tensorOf([rowsOf(list), width], number) },
          [],
          ({ x }) => pool(x, pack(list), pooling),
          ({ x }) => plainPool(x, list, width, pooling),
          [list.length, width],
        );
      }),
      settings(12),
    );
  });

  it('normalize', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowCount,
        width,
        fc.constantFrom(0.01, 1, 100),
        seed,
        async (rows, width, scale, number) => {
          // Gradients are as large as x is small: a weight behind it brings them to one size.
          const inputs = { x: tensorOf([rows, width], number, scale) };
          await check(
            inputs,
            [],
            ({ x }) => normalize(x),
            ({ x }) => reference.normalize(x, width),
            [rows, width],
          );
        },
      ),
      settings(15),
    );
  });

  it('gelu, of any number of elements', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 700 }), seed, async (count, number) => {
        await check(
          { x: tensorOf([count], number, 5) },
          [],
          ({ x }) => gelu(x),
          ({ x }) => reference.gelu(x),
          [count],
        );
      }),
      settings(15),
    );
  });
});
