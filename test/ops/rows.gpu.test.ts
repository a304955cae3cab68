import { describe, expect, it } from 'vitest';
import { embeddings } from '../../src/ops/embeddings.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { softmax } from '../../src/ops/softmax.ts';
import { compute, testEngine } from '../support/engine.ts';
import { expectClose, maxDifference, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';

const engine = await testEngine();

describe('gelu', () => {
  // Below, at and beyond one workgroup of 64 vec4s.
  it.each([[1], [3], [255], [257], [7, 384], [257, 1536]].map((shape) => [shape]))('%j', async (shape) => {
    const x = tensorOf(shape, 1, 6);
    expectClose(await compute(engine, [x], gelu), reference.gelu(x.data), 1e-6);
  });

  it('keeps its error against float64 under 4e-7 from -14 to 14, and under 1e-7 below 0', async () => {
    const data = Float32Array.from({ length: 56_001 }, (_, i) => (i - 28_000) / 2000);
    const actual = await compute(engine, [{ data, shape: [data.length] }], gelu);
    const expected = reference.gelu(data);
    expect(maxDifference(actual, expected)).toBeLessThan(4.8e-7);
    expect(maxDifference(actual.slice(0, 28_000), expected.slice(0, 28_000))).toBeLessThan(1e-7);
  });

  it('has no NaN and the right limits at extremes', async () => {
    const data = Float32Array.from([0, -0, 1e-30, -1e-30, 80, -80, 1e30, -1e30]);
    const actual = await compute(engine, [{ data, shape: [data.length] }], gelu);
    expectClose(actual.slice(0, 6), [0, 0, 0, 0, 80, 0], 1e-9);
    expect(actual[6]).toBe(data[6]);
    expect(Math.abs(actual[7]!)).toBeLessThan(1e-6);
  });
});

// Rows of one vec4, less than, as many as and more than the lanes that share them; one row and many.
const widths: [rows: number, width: number][] = [
  [1, 4],
  [5, 28],
  [3, 32],
  [9, 36],
  [2, 256],
  [67, 260],
  [33, 384],
];

describe('layerNorm', () => {
  it.each(widths)('%i rows of %i', async (rows, width) => {
    const x = tensorOf([rows, width], 1, 3);
    const gamma = tensorOf([width], 2);
    const beta = tensorOf([width], 3);
    const actual = await compute(engine, [x, gamma, beta], (x, gamma, beta) =>
      layerNorm(x, gamma, beta, 1e-12),
    );
    expectClose(actual, reference.layerNorm(x.data, gamma.data, beta.data, 1e-12), 3e-6);
  });

  it('keeps small differences next to a large mean', async () => {
    const x = { data: tensorOf([4, 384], 1).data.map((value) => value + 1000), shape: [4, 384] };
    const one = { data: new Float32Array(384).fill(1), shape: [384] };
    const zero = { data: new Float32Array(384), shape: [384] };
    const actual = await compute(engine, [x, one, zero], (x, one, zero) => layerNorm(x, one, zero, 1e-12));
    expectClose(actual, reference.layerNorm(x.data, one.data, zero.data, 1e-12), 2e-4);
  });

  it('takes more rows than one dimension of workgroups', async () => {
    const rows = 65_537;
    const x = tensorOf([rows, 4], 4);
    const gamma = tensorOf([4], 5);
    const beta = tensorOf([4], 6);
    const actual = await compute(engine, [x, gamma, beta], (x, gamma, beta) =>
      layerNorm(x, gamma, beta, 1e-5),
    );
    expectClose(actual, reference.layerNorm(x.data, gamma.data, beta.data, 1e-5), 1e-5);
  });
});

describe('embeddings', () => {
  it.each(widths)('%i tokens of %i', async (rows, width) => {
    const vocabulary = 11;
    const tokens = Uint32Array.from({ length: rows }, (_, i) => (i * 7) % vocabulary);
    const positions = Uint32Array.from({ length: rows }, (_, i) => (i * 3) % 5);
    const word = tensorOf([vocabulary, width], 1);
    const position = tensorOf([5, width], 2);
    const tokenType = tensorOf([2, width], 3);
    const gamma = tensorOf([width], 4);
    const beta = tensorOf([width], 5);
    const inputs = [word, position, tokenType, gamma, beta];
    const actual = await compute(engine, inputs, (word, position, tokenType, gamma, beta) =>
      embeddings(
        { tokens, positions },
        { word: word!, position: position!, tokenType: tokenType!, gamma: gamma!, beta: beta! },
        1e-12,
      ),
    );
    const sums = Float64Array.from({ length: rows * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return (
        word.data[tokens[row]! * width + column]! +
        position.data[positions[row]! * width + column]! +
        tokenType.data[column]!
      );
    });
    expectClose(actual, reference.layerNorm(sums, gamma.data, beta.data, 1e-12), 3e-6);
  });
});

describe('softmax', () => {
  it.each([
    [1, 1],
    [4, 2],
    [3, 3],
    [5, 7],
    [2, 64],
    [9, 65],
    [130, 257],
  ] as [number, number][])('%i rows of %i', async (rows, width) => {
    const x = tensorOf([rows, width], 1, 10);
    expectClose(await compute(engine, [x], softmax), reference.softmax(x.data, width), 1e-6);
  });

  it('is stable for large values', async () => {
    const x = { data: Float32Array.from([1000, 999, -1000, -80, 80, 0]), shape: [2, 3] };
    expectClose(await compute(engine, [x], softmax), reference.softmax(x.data, 3), 1e-6);
  });
});

describe('normalize', () => {
  it.each(widths)('%i rows of %i', async (rows, width) => {
    const x = tensorOf([rows, width], 1, 5);
    expectClose(await compute(engine, [x], normalize), reference.normalize(x.data, width), 3e-7);
  });

  it('leaves a zero row zero', async () => {
    const x = { data: new Float32Array(8), shape: [2, 4] };
    x.data[4] = 3;
    expect([...(await compute(engine, [x], normalize))]).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });
});
