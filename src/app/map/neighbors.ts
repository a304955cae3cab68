import type { Vectors } from './pca.ts';
import { dot, norm } from './powerIteration.ts';

/**
 * Finds the nearest of each vector by cosine, exactly: every pair is compared.
 * @param vectors [n, dimension]
 * @param count with itself; at most n
 * @returns for each vector itself, then the nearest others, and 1 − cosine of each, which is 0 for the vector itself
 */
export function nearestNeighbors({ data, shape: [n, dimension] }: Vectors, count: number) {
  const units = Array.from({ length: n }, (_, i) => unit(data.subarray(i * dimension, (i + 1) * dimension)));
  const away = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const distance = Math.max(0, 1 - dot(units[i]!, units[j]!));
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

/** The same direction with length 1; a vector of zeros stays one. */
function unit(vector: Float32Array): Float32Array {
  const length = norm(vector) || 1;
  return vector.map((value) => value / length);
}
