import { type Remote, releaseProxy, wrap } from 'comlink';
import { throwIfAborted } from '../../errors.ts';
import { carryErrors } from '../errorTransfer.ts';
import { WorkerError } from '../workerError.ts';
import type { DataApi } from './api.ts';

/**
 * Asks a data worker that lives as long as the answer takes.
 * @param what was wanted, for the message where the worker does not start: 'The examples could not be read'
 * @throws AbortError when the signal fires: the worker is ended at once
 * @throws WorkerError when the worker does not start, or goes meanwhile
 */
export async function askDataWorker<T>(
  what: string,
  ask: (api: Remote<DataApi>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  throwIfAborted(signal);
  carryErrors();
  const worker = startWorker();
  const api: Remote<DataApi> = wrap<DataApi>(worker);
  let onAbort = () => {};
  const gone = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => {
      reject(new WorkerError(`${what}: ${message || 'the worker did not start'}.`));
    });
    onAbort = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error);
      }
    };
  });
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([ask(api), gone]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    api[releaseProxy]();
    worker.terminate();
  }
}

/** The exact form of `new Worker(new URL(…))` is what bundlers look for. */
function startWorker(): Worker {
  try {
    return new Worker(new URL('./dataWorker.ts', import.meta.url), { type: 'module' });
  } catch (error) {
    throw new WorkerError(`The worker could not be started: ${String(error)}`);
  }
}
