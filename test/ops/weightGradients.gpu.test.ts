import { describe, expect, it } from 'vitest';
import { linear } from '../../src/ops/products/linear.ts';
import { weightGradients } from '../../src/ops/products/weightGradientVariants.ts';
import { testEngine } from '../support/engine.ts';
import { gradientsOf } from '../support/gradients.ts';
import { expectClose, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();

// Below, at and above the tiles' 64 and 16 rows, the second layer larger and smaller than the first; any number of
// tokens.
const sizes: [tokens: number, inner: number, middle: number, out: number][] = [
  [1, 4, 4, 8],
  [3, 36, 12, 68],
  [17, 68, 64, 4],
  [33, 60, 100, 132],
  [130, 196, 20, 64],
];

describe.each(variantNames([weightGradients], engine))(
  'gradients of two linear layers, %s kernel',
  (variant) => {
    useVariants(engine, [weightGradients], variant);

    it.each(sizes)('%i tokens, %i → %i → %i', async (tokens, inner, middle, out) => {
      const inputs = {
        x: tensorOf([tokens, inner], 1),
        w1: tensorOf([middle, inner], 2),
        b1: tensorOf([middle], 3),
        w2: tensorOf([out, middle], 4),
        b2: tensorOf([out], 5),
      };
      const dOut = tensorOf([tokens, out], 6);
      const actual = await gradientsOf(
        engine,
        inputs,
        ['w1', 'b1', 'w2', 'b2'],
        dOut,
        ({ x, w1, b1, w2, b2 }) => linear(linear(x, w1, b1), w2, b2),
      );
      const { x, w1, b1, w2 } = inputs;
      const hidden = reference.matmul(x.data, w1.data, [tokens, middle, inner], true);
      const h = hidden.map((value, i) => value + b1.data[i % middle]!);
      const dH = reference.matmul(dOut.data, w2.data, [tokens, middle, out], false);
      const product = (a: ArrayLike<number>, rows: number, b: ArrayLike<number>, columns: number) =>
        reference.matmul(reference.transposed(a, rows, tokens), b, [rows, columns, tokens], false);
      const ones = new Float32Array(tokens).fill(1);
      const expected = {
        w2: product(dOut.data, out, h, middle),
        b2: product(dOut.data, out, ones, 1),
        w1: product(dH, middle, x.data, inner),
        b1: product(dH, middle, ones, 1),
      };
      for (const [name, values] of Object.entries(expected)) {
        const largest = values.reduce((most: number, value: number) => Math.max(most, Math.abs(value)), 1);
        expectClose(actual[name as keyof typeof expected], values, 2e-6 * largest);
      }
      expect(engine.choice[weightGradients.name]).toBe(variant);
    });
  },
);
