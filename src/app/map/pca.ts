import type { Embeddings } from '../../types.ts';
import { eigenvectors } from './symmetric.ts';

type Vectors = Pick<Embeddings, 'data' | 'shape'>;

/** The plane through a cloud of vectors in which it is widest. */
export interface Plane {
  /** Of the vectors: [dimension] */
  mean: Float64Array;
  /** Two directions of length 1, or of 0 where the cloud has no such width: [2, dimension] */
  axes: Float64Array;
  /** How much of the variance lies along each axis, 0 to 1. */
  explained: [number, number];
}

/**
 * The first two principal components. The same vectors give the same plane: of an axis, the component that is largest in
 * magnitude is positive, as in scikit-learn.
 * Yields often, so that the work can be done in slices.
 * @param vectors [n, dimension], any n
 */
export function* fitPlane(vectors: Vectors): Generator<void, Plane> {
  const [n, dimension] = vectors.shape;
  const { mean, centred } = yield* centre(vectors);
  // XᵀX and XXᵀ have the same eigenvalues: the smaller one is taken.
  const isWide = n < dimension;
  const size = Math.min(n, dimension);
  const products = isWide ? yield* gram(centred, n, dimension) : yield* covariance(centred, n, dimension);
  let total = 0;
  for (let i = 0; i < size; i++) total += products[i * size + i]!;
  const { values, vectors: found } = yield* eigenvectors(products, size, 2);

  const axes = new Float64Array(2 * dimension);
  for (let k = 0; k < 2; k++) {
    // What is left by rounding is no direction.
    if (!(values[k]! > 1e-12 * total)) continue;
    const vector = found.subarray(k * size, (k + 1) * size);
    const axis = axes.subarray(k * dimension, (k + 1) * dimension);
    if (isWide) yield* addRows(centred, vector, axis);
    else axis.set(vector);
    orient(axis);
  }
  const share = (k: number) => (total > 0 ? Math.max(0, values[k] ?? 0) / total : 0);
  return { mean, axes, explained: [share(0), share(1)] };
}

/**
 * Where vectors lie on a plane.
 * @param vectors [n, dimension], of the plane's dimension
 * @returns x and y of each: [n, 2]
 */
export function project({ mean, axes }: Plane, { data, shape: [n, dimension] }: Vectors): Float32Array {
  const points = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    let x = 0;
    let y = 0;
    for (let j = 0; j < dimension; j++) {
      const value = data[i * dimension + j]! - mean[j]!;
      x += value * axes[j]!;
      y += value * axes[dimension + j]!;
    }
    points[2 * i] = x;
    points[2 * i + 1] = y;
  }
  return points;
}

function* centre({
  data,
  shape: [n, dimension],
}: Vectors): Generator<void, { mean: Float64Array; centred: Float64Array }> {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < dimension; j++) mean[j]! += data[i * dimension + j]! / n;
    yield;
  }
  const centred = new Float64Array(n * dimension);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < dimension; j++) centred[i * dimension + j] = data[i * dimension + j]! - mean[j]!;
    yield;
  }
  return { mean, centred };
}

/** XXᵀ: [n, n] */
function* gram(x: Float64Array, n: number, dimension: number): Generator<void, Float64Array> {
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < dimension; k++) dot += x[i * dimension + k]! * x[j * dimension + k]!;
      products[i * n + j] = dot;
      products[j * n + i] = dot;
    }
    yield;
  }
  return products;
}

/** XᵀX: [dimension, dimension] */
function* covariance(x: Float64Array, n: number, dimension: number): Generator<void, Float64Array> {
  const products = new Float64Array(dimension * dimension);
  for (let row = 0; row < n; row++) {
    const vector = x.subarray(row * dimension, (row + 1) * dimension);
    for (let i = 0; i < dimension; i++) {
      const value = vector[i]!;
      for (let j = 0; j <= i; j++) products[i * dimension + j]! += value * vector[j]!;
    }
    yield;
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) products[j * dimension + i] = products[i * dimension + j]!;
  }
  return products;
}

/** axis = Xᵀ · weights */
function* addRows(x: Float64Array, weights: Float64Array, axis: Float64Array): Generator<void, void> {
  const dimension = axis.length;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    for (let j = 0; j < dimension; j++) axis[j]! += weight * x[i * dimension + j]!;
    yield;
  }
}

/** Makes the length 1, and the component that is largest in magnitude positive. */
function orient(axis: Float64Array): void {
  let largest = 0;
  let squares = 0;
  for (const value of axis) {
    if (Math.abs(value) > Math.abs(largest)) largest = value;
    squares += value * value;
  }
  const scale = Math.sign(largest) / Math.sqrt(squares);
  for (let j = 0; j < axis.length; j++) axis[j]! *= scale;
}
