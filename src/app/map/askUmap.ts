import { proxy, wrap } from 'comlink';
import type { Embeddings } from '../../types.ts';
import type { UmapWorker } from './umapWorker.ts';

/**
 * Lays vectors out with UMAP in a worker, which lives until the layout is done.
 * @param vectors [n, dimension], n at least 4
 * @param onProgress called with the part that is done, 0 to 1
 * @returns x and y of each: [n, 2]
 * @throws Error when the worker does not start; the signal's reason when it fires
 */
export async function askUmap(
  vectors: Pick<Embeddings, 'data' | 'shape'>,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Float32Array> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./umapWorker.ts', import.meta.url), { type: 'module' });
  let stop = () => {};
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(message || 'The worker did not start.'));
    });
  });
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([wrap<UmapWorker>(worker)(vectors, proxy(onProgress)), ended]);
  } finally {
    signal.removeEventListener('abort', stop);
    worker.terminate();
  }
}
