import type { Vectors } from './pca.ts';

/**
 * Finds the nearest of each vector by cosine, exactly: every pair is compared.
 * @param vectors [n, dimension]
 * @param count with itself; at most n
 * @returns for each vector itself, then the nearest others, and 1 − cosine of each, which is 0 for the vector itself
 */
export function nearestNeighbors({ data, shape: [n, dimension] }: Vectors, count: number) {
  const units = normalized(data, n, dimension);
  const away = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let dot = 0;
      for (let k = 0; k < dimension; k++) dot += units[i * dimension + k]! * units[j * dimension + k]!;
      const distance = Math.max(0, 1 - dot);
      away[i * n + j] = distance;
      away[j * n + i] = distance;
    }
  }
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let i = 0; i < n; i++) {
    const row = away.subarray(i * n, (i + 1) * n);
    const others = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
    others.sort((a, b) => row[a]! - row[b]! || a - b);
    const nearest = [i, ...others.slice(0, count - 1)];
    indices.push(nearest);
    distances.push(nearest.map((j) => row[j]!));
  }
  return { indices, distances };
}

/** The vectors with length 1; a vector of zeros stays one. */
function normalized(data: Float32Array, n: number, dimension: number): Float32Array {
  const units = data.slice(0, n * dimension);
  for (let i = 0; i < n; i++) {
    const row = units.subarray(i * dimension, (i + 1) * dimension);
    const length = Math.hypot(...row);
    if (length > 0) for (let k = 0; k < dimension; k++) row[k]! /= length;
  }
  return units;
}
