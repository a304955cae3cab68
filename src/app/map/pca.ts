import type { Embeddings } from '../../types.ts';
import { dot, leadingEigenvectors, norm, sum } from './powerIteration.ts';

export type Vectors = Pick<Embeddings, 'data' | 'shape'>;

/** The plane through a cloud of vectors in which it is widest. */
export interface Plane {
  mean: Float64Array;
  /** Two orthogonal directions, each [dimension], of length 1; of length 0 where the cloud has no width. */
  axes: [Float64Array, Float64Array];
  explained: [number, number];
}

/**
 * Finds the first two principal components. The same vectors give the same plane: the largest component of an axis,
 * in magnitude, is positive, as in scikit-learn. Yields often, so that the work can be done in slices.
 * @param vectors [n, dimension], any n
 */
export function* fitPlane({ data, shape: [n, dimension] }: Vectors): Generator<void, Plane> {
  const mean = new Float64Array(dimension);
  const rows: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const row = Float64Array.from(data.subarray(i * dimension, (i + 1) * dimension));
    for (let j = 0; j < dimension; j++) mean[j]! += row[j]!;
    rows.push(row);
    yield;
  }
  for (let j = 0; j < dimension; j++) mean[j]! /= Math.max(1, n);
  for (const row of rows) {
    for (let j = 0; j < dimension; j++) row[j]! -= mean[j]!;
    yield;
  }
  // XXᵀ and XᵀX have the same eigenvalues: the smaller matrix is taken.
  const isWide = n < dimension;
  const products = yield* gram(isWide ? rows : yield* columnsOf(rows, dimension));
  const total = products.reduce((trace, row, i) => trace + row[i]!, 0);
  if (total === 0) {
    return { mean, axes: [new Float64Array(dimension), new Float64Array(dimension)], explained: [0, 0] };
  }
  const { values, vectors } = yield* leadingEigenvectors(products);
  const axisOf = (k: 0 | 1): Float64Array => {
    // Rounding errors alone are no direction.
    if (!(values[k] > 1e-12 * total)) return new Float64Array(dimension);
    const weighted = (total: Float64Array, row: Float64Array, i: number) =>
      sum(1, total, vectors[k][i]!, row);
    return oriented(isWide ? rows.reduce(weighted, new Float64Array(dimension)) : vectors[k]);
  };
  const share = (k: 0 | 1) => Math.max(0, values[k]) / total;
  return { mean, axes: [axisOf(0), axisOf(1)], explained: [share(0), share(1)] };
}

/** Places vectors of a plane's dimension on it. @returns x and y of each: [n, 2] */
export function project({ mean, axes }: Plane, { data, shape: [n, dimension] }: Vectors): Float32Array {
  const points = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const centred = mean.map((value, j) => data[i * dimension + j]! - value);
    points[2 * i] = dot(axes[0], centred);
    points[2 * i + 1] = dot(axes[1], centred);
  }
  return points;
}

function* gram(vectors: readonly Float64Array[]): Generator<void, Float64Array[]> {
  const products = vectors.map(() => new Float64Array(vectors.length));
  for (const [i, a] of vectors.entries()) {
    for (let j = 0; j <= i; j++) {
      const product = dot(a, vectors[j]!);
      products[i]![j] = product;
      products[j]![i] = product;
    }
    yield;
  }
  return products;
}

function* columnsOf(rows: readonly Float64Array[], count: number): Generator<void, Float64Array[]> {
  const columns: Float64Array[] = [];
  for (let j = 0; j < count; j++) {
    columns.push(Float64Array.from(rows, (row) => row[j]!));
    yield;
  }
  return columns;
}

/** The same direction with length 1, and with the sign that makes the largest component positive. */
function oriented(axis: Float64Array): Float64Array {
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const scale = Math.sign(largest) / norm(axis);
  return axis.map((value) => value * scale);
}
