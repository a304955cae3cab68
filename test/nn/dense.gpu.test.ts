import { describe, expect, it } from 'vitest';
import { createDense, dense } from '../../src/nn/dense.ts';
import { tanh } from '../../src/ops/tanh.ts';
import { compute, testEngine } from '../support/engine.ts';
import { gradientsOf } from '../support/gradients.ts';
import { expectClose, maxDifference, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';

const engine = await testEngine();

describe('tanh', () => {
  // Below, at and beyond one workgroup of 64 vec4s.
  it.each([[1], [3], [255], [257], [7, 384], [257, 1536]].map((shape) => [shape]))('%j', async (shape) => {
    const x = tensorOf(shape, 1, 4);
    expectClose(await compute(engine, [x], tanh), Array.from(x.data, Math.tanh), 3e-7);
  });

  it('keeps its error against float64 under 3e-7 from -14 to 14, and to seven digits near 0', async () => {
    const data = Float32Array.from({ length: 56_001 }, (_, i) => (i - 28_000) / 2000);
    const expected = Array.from(data, Math.tanh);
    expect(
      maxDifference(await compute(engine, [{ data, shape: [data.length] }], tanh), expected),
    ).toBeLessThan(3e-7);
    const small = Float32Array.from({ length: 4000 }, (_, i) => 1e-6 + i / 6500);
    const actual = await compute(engine, [{ data: small, shape: [small.length] }], tanh);
    const relative = actual.map((value, i) => value / Math.tanh(small[i]!) - 1);
    expect(maxDifference(relative, new Float32Array(relative.length))).toBeLessThan(3e-7);
  });

  it('has no NaN and the right limits and signs at extremes', async () => {
    const data = Float32Array.from([0, 1e-30, -1e-30, 80, -80, 1e30, -1e30, Number.POSITIVE_INFINITY]);
    const actual = await compute(engine, [{ data, shape: [data.length] }], tanh);
    expectClose(actual, [0, 0, 0, 1, -1, 1, -1, 1], 1e-9);
  });

  it('has the gradient dOut (1 − y²)', async () => {
    const x = tensorOf([37, 20], 3, 3);
    const dOut = tensorOf([37, 20], 4);
    const { x: dX } = await gradientsOf(engine, { x }, [], dOut, ({ x }) => tanh(x));
    const expected = Array.from(x.data, (value, i) => dOut.data[i]! * (1 - Math.tanh(value) ** 2));
    expectClose(dX, expected, 1e-6);
  });

  it('adds its gradient to another', async () => {
    const x = tensorOf([5, 8], 5, 2);
    const weight = tensorOf([8, 8], 6);
    const bias = tensorOf([8], 7);
    const dOut = tensorOf([5, 8], 8);
    const { x: dX } = await gradientsOf(engine, { x, weight, bias }, ['weight', 'bias'], dOut, (given) =>
      dense(tanh(given.x), [{ ...given, activation: 'identity' }]),
    );
    const d = reference.matmul(dOut.data, weight.data, [5, 8, 8], false);
    expectClose(
      dX,
      Array.from(x.data, (value, i) => d[i]! * (1 - Math.tanh(value) ** 2)),
      2e-6,
    );
  });
});

describe('dense', () => {
  it.each([
    [1, 4, 4],
    [3, 32, 20],
    [65, 384, 512],
    [7, 64, 68],
  ])('%i rows from %i to %i, and on through a second layer', async (rows, from, to) => {
    const x = tensorOf([rows, from], 1);
    const weights = [tensorOf([to, from], 2, 0.3), tensorOf([8, to], 3, 0.3)] as const;
    const biases = [tensorOf([to], 4), tensorOf([8], 5)] as const;
    const layers = [
      createDense(
        engine,
        { inFeatures: from, outFeatures: to, activation: 'tanh' },
        { weight: weights[0].data, bias: biases[0].data },
      ),
      createDense(
        engine,
        { inFeatures: to, outFeatures: 8, activation: 'identity' },
        { weight: weights[1].data, bias: biases[1].data },
      ),
    ];
    const plus = (product: ArrayLike<number>, bias: ArrayLike<number>) =>
      Array.from(product, (value, i) => value + bias[i % bias.length]!);
    const first = plus(reference.matmul(x.data, weights[0].data, [rows, to, from], true), biases[0].data).map(
      Math.tanh,
    );
    expectClose(await compute(engine, [x], (x) => dense(x, layers.slice(0, 1))), first, 2e-6);
    const second = plus(reference.matmul(first, weights[1].data, [rows, 8, to], true), biases[1].data);
    expectClose(await compute(engine, [x], (x) => dense(x, layers)), second, 1e-5);
    expect(await compute(engine, [x], (x) => dense(x, []))).toEqual(x.data);
  });
});
