import { expose } from 'comlink';
import { umap } from './umap.ts';

export type UmapWorker = typeof umap;

expose(umap);
