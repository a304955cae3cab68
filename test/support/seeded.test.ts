import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Made, readJson } from './fixtures.ts';
import { type BertSizes, seededBert, seededTensor } from './seeded.ts';

interface Recorded {
  made: Made;
  tensors: {
    name: string;
    shape: number[];
    scale: number;
    offset: number;
    first: string[];
    last: string;
    sha256: string;
  }[];
  far: { name: string; count: number; scale: number; last: string };
  bert: { config: BertSizes; shapes: Record<string, number[]>; sha256: string };
}

/** Written by scripts/fixtures/seeded.py: what NumPy generates. */
const python = readJson<Recorded>('ops/seeded');

function hexBits(values: Float32Array): string[] {
  return Array.from(values, (value) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    return view.getUint32(0).toString(16).padStart(8, '0');
  });
}

describe('seeded tensors have the bits that Python gives them', () => {
  test.each(python.tensors)('$name $shape', ({ name, shape, scale, offset, first, last, sha256 }) => {
    const values = seededTensor(name, shape, scale, offset);
    expect(hexBits(values.subarray(0, first.length))).toEqual(first);
    expect(hexBits(values.subarray(-1))).toEqual([last]);
    expect(createHash('sha256').update(values).digest('hex')).toBe(sha256);
  });

  test('far from the start', () => {
    const { name, count, scale, last } = python.far;
    expect(hexBits(seededTensor(name, [count], scale).subarray(-1))).toEqual([last]);
  });

  test('a whole BERT, names and order included', () => {
    const { config, shapes, sha256 } = python.bert;
    const bert = seededBert(config);
    expect([...bert].map(([name, { shape }]) => [name, shape])).toEqual(Object.entries(shapes));
    const hash = createHash('sha256');
    for (const { data } of bert.values()) hash.update(data);
    expect(hash.digest('hex')).toBe(sha256);
  });
});

describe('seeded tensors are usable as random numbers', () => {
  test('uniform in [-1, 1)', () => {
    const values = seededTensor('uniform', [100_000], 1);
    const buckets = new Array<number>(20).fill(0);
    for (const value of values) buckets[Math.floor((value + 1) * 10)]!++;
    // Binomial: 5000 expected in each, standard deviation 69.
    for (const bucket of buckets) expect(Math.abs(bucket - 5000)).toBeLessThan(5 * 69);
  });

  test('neighbours and two names are uncorrelated', () => {
    const count = 100_000;
    const a = seededTensor('encoder.layer.0.attention.self.query.weight', [count], 1);
    const b = seededTensor('encoder.layer.0.attention.self.key.weight', [count], 1);
    const correlation = (x: Float32Array, y: Float32Array) =>
      (x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0) * 3) / count;
    expect(Math.abs(correlation(a, b))).toBeLessThan(0.02);
    expect(Math.abs(correlation(a, a.subarray(1)))).toBeLessThan(0.02);
    expect(Math.abs(correlation(a, a.subarray(768)))).toBeLessThan(0.02);
  });
});
