import { expose, transfer } from 'comlink';
import type { Embeddings } from '../../types.ts';
import { umap } from './umap.ts';

const api = {
  async umap(vectors: Pick<Embeddings, 'data' | 'shape'>, onProgress: (part: number) => void) {
    const points = await umap(vectors, onProgress);
    return transfer(points, [points.buffer]);
  },
};

export type UmapApi = typeof api;

expose(api);
