import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KernelStyle, runnableStyles } from '../../src/gpu/tuning.ts';
import { attention } from '../../src/ops/attention.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { linear } from '../../src/ops/linear.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { packing } from '../../src/ops/packing.ts';
import { pool } from '../../src/ops/pooling.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { Pooling } from '../../src/types.ts';
import { type Input, testEngine } from '../support/engine.ts';
import { gradientsOf } from '../support/gradients.ts';
import { tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';

const engine = await testEngine();
/** A counterexample is small enough as it is; looking for a smaller one takes minutes. */
const settings = (numRuns: number) => ({ seed: 1_912, numRuns, endOnFailure: true });
const seed = fc.integer({ min: 1, max: 1e6 });
/** Rows up to some workgroups, those at an edge more often; widths are what the ops take, multiples of 4. */
const rowCount = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 15, 16, 17, 63, 64, 65, 129));
const width = fc.oneof(fc.integer({ min: 1, max: 24 }), fc.constantFrom(1, 15, 16, 17)).map((quads) => 4 * quads);

type Values<Name extends string> = Record<Name, Float64Array>;

/** Far below what one wrong element of some thousand would do, and above what float32 does. */
const TOLERANCE = 1e-5;

/**
 * Compares our gradients of Σ op ∘ dOut with difference quotients of the reference in float64, along a random direction
 * for each input: dX·r against (f(x + hr) − f(x − hr)) / 2h.
 */
async function check<Name extends string>(
  inputs: Record<Name, Input>,
  parameters: readonly NoInfer<Name>[],
  op: (tensors: Record<Name, Tensor>) => Tensor,
  plain: (values: Values<Name>) => ArrayLike<number>,
  outShape: readonly number[],
): Promise<void> {
  const dOut = tensorOf(outShape, 77);
  const gradients = await gradientsOf(engine, inputs, parameters, dOut, op);
  const names = Object.keys(inputs) as Name[];
  const values = {} as Values<Name>;
  for (const name of names) values[name] = Float64Array.from(inputs[name].data);
  for (const [i, name] of names.entries()) {
    const direction = tensorOf(inputs[name].shape, 1000 + i).data;
    const h = 1e-6;
    const along = (step: number) => {
      const moved = values[name].map((value, i) => value + step * direction[i]!);
      return dot(plain({ ...values, [name]: moved }), dOut.data);
    };
    const quotient = (along(h) - along(-h)) / (2 * h);
    const gradient = gradients[name];
    // What a random direction sees of a gradient on average; all of it may cancel, as where there is one row.
    const scale = Math.max(Math.hypot(...gradient), 0.1) / Math.sqrt(3);
    expect(Math.abs(quotient - dot(gradient, direction)) / scale, name).toBeLessThan(TOLERANCE);
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

const add = (a: ArrayLike<number>, b: ArrayLike<number>) => Float64Array.from(a, (value, i) => value + b[i]!);

function plainLinear(x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const [columns, inner] = [bias.length, weight.length / bias.length];
  const product = reference.matmul(x, weight, [x.length / inner, columns, inner], true);
  return product.map((value, i) => value + bias[i % columns]!);
}

/** Sequences of random lengths, of which a random part is keys. */
const sequences = fc.array(
  fc
    .tuple(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 7, 8, 9, 33, 65)), fc.nat({ max: 99 }))
    .map(([length, share]) => ({
      length,
      keys: Math.max(1, Math.min(length, Math.ceil((length * (share + 1)) / 100))),
    })),
  { minLength: 1, maxLength: 5 },
);
type Sequences = readonly { length: number; keys: number }[];
const rowsOf = (list: Sequences) => list.reduce((sum, { length }) => sum + length, 0);

function pack(list: Sequences) {
  const cuSeqlens = [0];
  for (const { length } of list) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  return packing(engine, Uint32Array.from(cuSeqlens), Uint32Array.from(list, ({ keys }) => keys));
}

function plainPool(x: Float64Array, list: Sequences, width: number, pooling: Pooling): Float64Array {
  let first = 0;
  const pooled = list.flatMap(({ length, keys }) => {
    const count = pooling === 'cls' ? 1 : pooling === 'mean-with-padding' ? length : keys;
    const start = first;
    first += length;
    return Array.from({ length: width }, (_, column) => {
      const values = Array.from({ length: count }, (_, row) => x[(start + row) * width + column]!);
      return pooling === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b) / count;
    });
  });
  return Float64Array.from(pooled);
}

describe('our gradients are the difference quotients of the float64 references', () => {
  it('linear', async () => {
    const columns = fc.oneof(width, fc.integer({ min: 1, max: 9 }));
    await fc.assert(
      fc.asyncProperty(rowCount, columns, fc.oneof(width, columns), seed, async (rows, columns, inner, number) => {
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
      }),
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

  const styles = runnableStyles(engine.adapter).filter((style) => style !== 'register');
  it.each(styles)('attention of any lengths, padded or not: %s kernel', async (style: KernelStyle) => {
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
            ({ qkv }) => attention(qkv, pack(list), heads, { style }),
            ({ qkv }) => reference.attention(qkv, heads, headSize, lengths, keys),
            [rowsOf(list), hidden],
          );
        },
      ),
      settings(16),
    );
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
      fc.asyncProperty(rowCount, width, fc.constantFrom(0.01, 1, 100), seed, async (rows, width, scale, number) => {
        // Gradients are as large as x is small: a weight behind it brings them to one size.
        const inputs = { x: tensorOf([rows, width], number, scale) };
        await check(
          inputs,
          [],
          ({ x }) => normalize(x),
          ({ x }) => reference.normalize(x, width),
          [rows, width],
        );
      }),
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

describe('gradients add up where a value has several consumers', () => {
  const sizes = fc.tuple(rowCount, width, seed);
  type Name = 'x' | 'weight' | 'bias' | 'gamma' | 'beta';
  const parameters: Name[] = ['weight', 'bias', 'gamma', 'beta'];
  /** Those that a case uses: nobody writes the gradient of another. */
  const inputsOf = (title: string, rows: number, width: number, number: number) => {
    const norm = { gamma: tensorOf([width], number + 3), beta: tensorOf([width], number + 4) };
    const rest = {
      x: tensorOf([rows, width], number),
      weight: tensorOf([width, width], number + 1),
      bias: tensorOf([width], number + 2),
    };
    return (title.includes('layer norm') ? { ...rest, ...norm } : rest) as Record<Name, Input>;
  };
  type Case = [
    string,
    (tensors: Record<Name, Tensor>) => Tensor,
    (values: Values<Name>, width: number) => Float64Array,
  ];

  it.each<Case>([
    [
      'two linear layers that share their parameters too',
      ({ x, weight, bias }) => linear(x, weight, bias, linear(x, weight, bias)),
      ({ x, weight, bias }) => plainLinear(x, weight, bias).map((value) => 2 * value),
    ],
    [
      'a residual and a linear layer',
      ({ x, weight, bias }) => linear(x, weight, bias, x),
      ({ x, weight, bias }) => add(plainLinear(x, weight, bias), x),
    ],
    [
      'a residual, and GELU before a linear layer',
      ({ x, weight, bias }) => linear(gelu(x), weight, bias, x),
      ({ x, weight, bias }) => add(plainLinear(reference.gelu(x), weight, bias), x),
    ],
    [
      'a residual, and normalize before a linear layer',
      ({ x, weight, bias }) => linear(normalize(x), weight, bias, x),
      ({ x, weight, bias }, width) => add(plainLinear(reference.normalize(x, width), weight, bias), x),
    ],
    [
      'a residual, and a layer norm before a linear layer',
      ({ x, weight, bias, gamma, beta }) => linear(layerNorm(x, gamma, beta, 1e-5), weight, bias, x),
      ({ x, weight, bias, gamma, beta }) =>
        add(plainLinear(reference.layerNorm(x, gamma, beta, 1e-5), weight, bias), x),
    ],
    [
      'one layer norm twice, one after the other, and a residual over both',
      ({ x, weight, bias, gamma, beta }) =>
        linear(layerNorm(layerNorm(x, gamma, beta, 1e-5), gamma, beta, 1e-5), weight, bias, x),
      ({ x, weight, bias, gamma, beta }) => {
        const once = reference.layerNorm(x, gamma, beta, 1e-5);
        return add(plainLinear(reference.layerNorm(once, gamma, beta, 1e-5), weight, bias), x);
      },
    ],
  ])('%s', async (title, op, plain) => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([rows, width, number]) => {
        fc.pre(width > 8);
        const inputs = inputsOf(title, rows, width, number);
        const trained = parameters.filter((name) => name in inputs);
        await check(inputs, trained, op, (values) => plain(values, width), [rows, width]);
      }),
      settings(6),
    );
  });

  it('attention and a linear layer', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, seed, async (list, number) => {
        const [lengths, keys] = [list.map(({ length }) => length), list.map(({ keys }) => keys)];
        const inputs = {
          qkv: tensorOf([rowsOf(list), 48], number, 2),
          weight: tensorOf([16, 48], number + 1),
          bias: tensorOf([16], number + 2),
        };
        await check(
          inputs,
          ['weight', 'bias'],
          ({ qkv, weight, bias }) => linear(qkv, weight, bias, attention(qkv, pack(list), 2)),
          ({ qkv, weight, bias }) =>
            add(plainLinear(qkv, weight, bias), reference.attention(qkv, 2, 8, lengths, keys)),
          [rowsOf(list), 16],
        );
      }),
      settings(8),
    );
  });

  it.each<[Pooling, Pooling]>([
    ['cls', 'mean'],
    ['mean-with-padding', 'max'],
    ['max', 'cls'],
  ])('%s and %s pooling', async (one, other) => {
    await fc.assert(
      fc.asyncProperty(sequences, width, seed, async (list, width, number) => {
        const inputs = {
          x: tensorOf([rowsOf(list), width], number),
          weight: tensorOf([width, width], number + 1),
          bias: tensorOf([width], number + 2),
        };
        await check(
          inputs,
          ['weight', 'bias'],
          ({ x, weight, bias }) => linear(pool(x, pack(list), one), weight, bias, pool(x, pack(list), other)),
          ({ x, weight, bias }) =>
            add(plainLinear(plainPool(x, list, width, one), weight, bias), plainPool(x, list, width, other)),
          [list.length, width],
        );
      }),
      settings(6),
    );
  });
});
