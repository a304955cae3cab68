import fc from 'fast-check';
import { expect } from 'vitest';
import { packing } from '../../src/ops/packing.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { Pooling } from '../../src/types.ts';
import { type Input, testEngine } from './engine.ts';
import { gradientsOf } from './gradients.ts';
import { tensorOf } from './numbers.ts';
import * as reference from './reference.ts';

export const engine = await testEngine();
/** A counterexample is small enough as it is; looking for a smaller one takes minutes. */
export const settings = (numRuns: number) => ({ seed: 1_912, numRuns, endOnFailure: true });
export const seed = fc.integer({ min: 1, max: 1e6 });
/** Rows up to some workgroups, those at an edge more often; widths are what the ops take, multiples of 4. */
export const rowCount = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.constantFrom(1, 15, 16, 17, 63, 64, 65, 129),
);
export const width = fc
  .oneof(fc.integer({ min: 1, max: 24 }), fc.constantFrom(1, 15, 16, 17))
  .map((quads) => 4 * quads);

export type Values<Name extends string> = Record<Name, Float64Array>;

/** Far below what one wrong element of some thousand would do, and above what float32 does. */
const TOLERANCE = 1e-5;

/**
 * Compares our gradients of Σ op ∘ dOut with difference quotients of the reference in float64, along a random
 * direction for each input: dX·r against (f(x + hr) − f(x − hr)) / 2h.
 */
export async function check<Name extends string>(
  inputs: Record<Name, Input>,
  parameters: readonly NoInfer<Name>[],
  op: (tensors: Record<Name, Tensor>) => Tensor,
  plain: (values: Values<Name>) => ArrayLike<number>,
  outShape: readonly number[],
  on = engine,
): Promise<void> {
  const dOut = tensorOf(outShape, 77);
  const gradients = await gradientsOf(on, inputs, parameters, dOut, op);
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

export const add = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Float64Array.from(a, (value, i) => value + b[i]!);

export function plainLinear(x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const [columns, inner] = [bias.length, weight.length / bias.length];
  const product = reference.matmul(x, weight, [x.length / inner, columns, inner], true);
  return product.map((value, i) => value + bias[i % columns]!);
}

/** Sequences of random lengths, of which a random part is keys. */
export const sequences = fc.array(
  fc
    .tuple(
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 7, 8, 9, 33, 65)),
      fc.nat({ max: 99 }),
    )
    .map(([length, share]) => ({
      length,
      keys: Math.max(1, Math.min(length, Math.ceil((length * (share + 1)) / 100))),
    })),
  { minLength: 1, maxLength: 5 },
);
export type Sequences = readonly { length: number; keys: number }[];
export const rowsOf = (list: Sequences) => list.reduce((sum, { length }) => sum + length, 0);

export function pack(list: Sequences, on = engine) {
  const cuSeqlens = [0];
  for (const { length } of list) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  return packing(
    on,
    Uint32Array.from(cuSeqlens),
    Uint32Array.from(list, ({ keys }) => keys),
  );
}

export function plainPool(x: Float64Array, list: Sequences, width: number, pooling: Pooling): Float64Array {
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
