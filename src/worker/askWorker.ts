import { type Remote, releaseProxy, wrap } from 'comlink';
import { abortError, throwIfAborted, WorkerError } from '../errors.ts';
import { carryErrors } from './errorTransfer.ts';

/**
 * Asks a worker that lives as long as its answer takes.
 * @param what could not be done if the worker does not start, for the message: 'The examples could not be read'
 * @param start makes the worker. Bundlers look for the exact form `new Worker(new URL(…))`, so each caller writes it.
 * @throws AbortError when the signal fires: the worker is ended at once; WorkerError when it does not start, or goes
 */
export async function askWorker<Api, T>(
  what: string,
  start: () => Worker,
  ask: (api: Remote<Api>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  throwIfAborted(signal);
  carryErrors();
  const worker = started(start);
  const api: Remote<Api> = wrap<Api>(worker);
  let onAbort = () => {};
  const gone = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => {
      reject(new WorkerError(`${what}: ${message || 'the worker did not start'}.`));
    });
    onAbort = () => reject(abortError());
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

/** Starts a worker. @throws WorkerError where the browser refuses */
export function started(start: () => Worker): Worker {
  try {
    return start();
  } catch (error) {
    throw new WorkerError(`The worker could not be started: ${String(error)}`);
  }
}
