import { UMAP } from 'umap-js';
import { nearestNeighbors } from './neighbors.ts';
import type { Vectors } from './pca.ts';

/** Neighbours of each point, itself counted: UMAP's own default. */
const neighbors = 15;
const seed = 42;
/** Epochs between two reports. */
const pace = 10;

/**
 * Lays vectors out in two dimensions by cosine. The same vectors give the same points.
 * @param vectors [n, dimension], n at least 4
 * @param onProgress called with the part that is done, 0 to 1
 * @returns x and y of each: [n, 2]
 * @see McInnes, Healy & Melville 2018, https://arxiv.org/abs/1802.03426
 */
export function umap(vectors: Vectors, onProgress: (part: number) => void = () => {}): Float32Array {
  const [n] = vectors.shape;
  const count = Math.min(neighbors, n - 1);
  const { indices, distances } = nearestNeighbors(vectors, count);
  const work = new UMAP({ nComponents: 2, nNeighbors: count, random: seeded(seed) });
  work.setPrecomputedKNN(indices, distances);
  // With known neighbours only the number of vectors matters.
  const epochs = work.initializeFit(Array.from({ length: n }, (_, i) => [i]));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    work.step();
    if (epoch % pace === 0) onProgress(epoch / epochs);
  }
  return new Float32Array(work.getEmbedding().flat());
}

/** Uniform in [0, 1): the generator mulberry32. */
function seeded(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
