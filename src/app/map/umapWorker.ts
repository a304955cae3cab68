import { expose, transfer } from 'comlink';
import { umap } from './umap.ts';

function transferredUmap(...inputs: Parameters<typeof umap>) {
  const points = umap(...inputs);
  return transfer(points, [points.buffer]);
}

export type UmapWorker = typeof transferredUmap;

expose(transferredUmap);
