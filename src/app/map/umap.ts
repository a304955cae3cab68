import { UMAP } from 'umap-js';
import type { Embeddings } from '../../types.ts';
import { nearestNeighbors } from './neighbors.ts';

/** Neighbours that a point is held to, itself counted: UMAP's own number. */
const neighbors = 15;
const seed = 42;
/** Epochs between two reports. */
const pace = 10;

/**
 * UMAP in two dimensions, by cosine; the same vectors give the same points.
 * @param vectors [n, dimension], n at least 4
 * @param onProgress told the part that is done, 0 to 1
 * @returns x and y of each: [n, 2]
 * @see McInnes, Healy & Melville 2018, https://arxiv.org/abs/1802.03426
 */
export async function umap(
  vectors: Pick<Embeddings, 'data' | 'shape'>,
  onProgress: (part: number) => void = () => {},
): Promise<Float32Array<ArrayBuffer>> {
  const [n] = vectors.shape;
  const count = Math.min(neighbors, n - 1);
  const { indices, distances } = nearestNeighbors(vectors, count);
  const work = new UMAP({ nComponents: 2, nNeighbors: count, random: seeded(seed) });
  work.setPrecomputedKNN(indices, distances);
  // The neighbours are known: of the vectors themselves only the number is asked.
  const points = await work.fitAsync(
    Array.from({ length: n }, (_, i) => [i]),
    (epoch) => {
      if (epoch % pace === 0) onProgress(epoch / epochs(n));
    },
  );
  return new Float32Array(points.flat());
}

/** As many as the library takes for n points. */
function epochs(n: number): number {
  if (n <= 2500) return 500;
  return n <= 5000 ? 400 : n <= 7500 ? 300 : 200;
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
