import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { similarity } from '../../src/model/similarity.ts';
import { readFixture } from '../support/fixtures.ts';

function vectors(rows: number[][], dimension = rows[0]?.length ?? 0) {
  return { data: new Float32Array(rows.flat()), shape: [rows.length, dimension] as [number, number] };
}

describe('similarity', () => {
  it('is the cosine of every pair, whatever the lengths of the vectors', () => {
    const a = vectors([
      [3, 0],
      [0, 0.5],
    ]);
    const b = vectors([
      [1, 1],
      [-7, 0],
      [0, 2],
    ]);
    const { data, shape } = similarity(a, b);
    expect(shape).toEqual([2, 3]);
    const half = Math.fround(Math.SQRT1_2);
    expect([...data]).toEqual([half, -1, 0, half, 0, 1].map((value) => expect.closeTo(value, 7)));
  });

  it('gives 0 for a row of zeros, on either side', () => {
    const a = vectors([
      [0, 0],
      [1, 2],
    ]);
    expect([...similarity(a, a).data]).toEqual([0, 0, 0, expect.closeTo(1, 6)]);
  });

  it('takes no rows', () => {
    expect(similarity(vectors([], 2), vectors([[1, 2]]))).toEqual({
      data: new Float32Array(0),
      shape: [0, 1],
    });
  });

  it('refuses different dimensions and names both shapes', () => {
    const call = () => similarity(vectors([[1, 2]]), vectors([[1, 2, 3]]));
    expect(call).toThrow(ShapeError);
    expect(call).toThrow('2 and 3 dimensions');
    expect(call).toThrow(
      expect.objectContaining({
        op: 'similarity',
        shapes: [
          [1, 2],
          [1, 3],
        ],
      }),
    );
  });

  it('does not depend on scale, is symmetric and stays within [-1, 1]', () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const row = fc.array(value, { minLength: 5, maxLength: 5 });
    const rows = fc.array(row, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.constantFrom(2, 8, 1024), (given, scale) => {
        const a = vectors(given.map((row) => row.map(Math.fround)));
        const scaled = { ...a, data: a.data.map((value) => value * scale) };
        const n = given.length;
        const plain = similarity(a, a).data;
        const other = similarity(scaled, a).data;
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            expect(Math.abs(plain[i * n + j]!)).toBeLessThanOrEqual(1 + 1e-6);
            expect(plain[i * n + j]).toBe(plain[j * n + i]);
            expect(other[i * n + j]).toBeCloseTo(plain[i * n + j]!, 5);
          }
        }
      }),
    );
  });

  it('is the dot product of normalized embeddings', () => {
    const { data, shape } = readFixture('embeddings/sentences').tensor('embeddings');
    const [n, dimension] = shape as [number, number];
    const cosines = similarity({ data, shape: [n, dimension] }, { data, shape: [n, dimension] }).data;
    for (const [i, j] of [
      [0, 1],
      [2, 40],
      [63, 63],
    ] as const) {
      let dot = 0;
      for (let k = 0; k < dimension; k++) dot += data[i * dimension + k]! * data[j * dimension + k]!;
      expect(cosines[i * n + j]).toBeCloseTo(dot, 6);
    }
  });
});
