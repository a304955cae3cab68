import { proxy, type Remote } from 'comlink';
import type { Embeddings } from '../../types.ts';
import { askWorker } from '../../worker/askWorker.ts';
import type { UmapWorker } from './umapWorker.ts';

/**
 * Lays vectors out with UMAP in a worker.
 * @param vectors [n, dimension], n at least 4
 * @param onProgress called with the part that is done, 0 to 1
 * @returns x and y of each: [n, 2]
 * @throws WorkerError when the worker does not start; AbortError when the signal fires
 */
export function askUmap(
  vectors: Pick<Embeddings, 'data' | 'shape'>,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Float32Array> {
  const start = () => new Worker(new URL('./umapWorker.ts', import.meta.url), { type: 'module' });
  const ask = (umap: Remote<UmapWorker>) => umap(vectors, proxy(onProgress));
  return askWorker('UMAP did not work', start, ask, signal);
}
