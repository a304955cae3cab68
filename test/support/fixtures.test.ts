import { describe, expect, test } from 'vitest';
import { type OpCase, opInput, readFixture } from './fixtures.ts';

interface Sentences {
  texts: string[];
  tokens: number[];
  truncated: number[];
  noise: { float64: number };
}

function norm(row: Float32Array): number {
  return Math.hypot(...row);
}

function maxDifference(a: Float32Array, b: ArrayLike<number>): number {
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0);
}

describe('the embeddings fixture', () => {
  const { facts, tensor } = readFixture<Sentences>('embeddings/sentences');

  test('has 64 texts of 2 to 256 tokens, some cut', () => {
    expect(new Set(facts.texts).size).toBe(64);
    expect(Math.min(...facts.tokens)).toBe(2);
    expect(Math.max(...facts.tokens)).toBe(256);
    expect(facts.tokens.filter((n) => n === 256).length).toBe(facts.truncated.length + 1);
    for (const i of facts.truncated) expect(facts.tokens[i]).toBe(256);
  });

  test('has a unit vector for each, no two alike', () => {
    const { shape, data } = tensor('embeddings');
    expect(shape).toEqual([64, 384]);
    const rows = facts.texts.map((_, i) => data.subarray(i * 384, (i + 1) * 384));
    for (const row of rows) expect(Math.abs(norm(row) - 1)).toBeLessThan(1e-6);
    const seen = new Set(rows.map((row) => row.join()));
    expect(seen.size).toBe(64);
  });
});

test('the mean of the pooling fixture, normalized, is the embedding', () => {
  const pooling = readFixture<{ texts: string[] }>('embeddings/pooling');
  const sentences = readFixture<Sentences>('embeddings/sentences');
  const mean = pooling.tensor('mean').data;
  const embeddings = sentences.tensor('embeddings').data;
  pooling.facts.texts.forEach((text, i) => {
    const row = mean.subarray(i * 384, (i + 1) * 384);
    const j = sentences.facts.texts.indexOf(text);
    const length = norm(row);
    const expected = embeddings.subarray(j * 384, (j + 1) * 384).map((value) => value * length);
    expect(maxDifference(row, expected)).toBeLessThan(2e-6);
  });
});

describe('the ops fixture', () => {
  const { facts, names, tensor } = readFixture<{ cases: OpCase[] }>('ops/ops');

  test('has an output for each case', () => {
    expect(names).toEqual(facts.cases.map(({ name }) => name));
  });

  test.each(facts.cases.filter(({ op }) => op === 'linear'))(
    '$name is x · weightᵀ + bias of the inputs generated here',
    ({ name, inputs }) => {
      const x = opInput(inputs.x!);
      const weight = opInput(inputs.weight!);
      const bias = opInput(inputs.bias!).data;
      const [rows, fanIn] = x.shape as [number, number];
      const fanOut = bias.length;
      const expected = Array.from({ length: rows * fanOut }, (_, i) => {
        const [t, n] = [Math.floor(i / fanOut), i % fanOut];
        let sum = bias[n]!;
        for (let k = 0; k < fanIn; k++) sum += x.data[t * fanIn + k]! * weight.data[n * fanIn + k]!;
        return sum;
      });
      const { shape, data } = tensor(name);
      expect(shape).toEqual([rows, fanOut]);
      expect(maxDifference(data, expected)).toBeLessThan(2.5e-7);
    },
  );

  test.each(facts.cases.filter(({ op }) => op === 'normalize'))(
    '$name keeps its row of zeros',
    ({ name, inputs }) => {
      const x = opInput(inputs.x!);
      const width = x.shape.at(-1)!;
      const { data } = tensor(name);
      for (let row = 0; row < x.shape[0]!; row++) {
        const isZero = norm(x.data.subarray(row * width, (row + 1) * width)) === 0;
        expect(norm(data.subarray(row * width, (row + 1) * width))).toBeCloseTo(isZero ? 0 : 1, 6);
      }
      expect(data.some((value) => value === 0)).toBe(true);
    },
  );
});

test('the BERT fixtures have a row for each token', () => {
  for (const model of ['base', 'tiny']) {
    const { facts, names, tensor } = readFixture<{ config: { hidden_size: number }; ids: number[][] }>(
      `bert/${model}`,
    );
    const tokens = facts.ids.flat().length;
    for (const name of names) expect(tensor(name).shape).toEqual([tokens, facts.config.hidden_size]);
  }
});

test('an unknown tensor is refused by name', () => {
  expect(() => readFixture('bert/tiny').tensor('hidden.9')).toThrow(/hidden\.9.*hidden\.0, hidden\.1/);
});
