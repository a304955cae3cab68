import { type Remote, releaseProxy, wrap } from 'comlink';
import type { Dataset, DatasetOptions } from '../text/dataset.ts';
import type { DataApi } from './dataWorker.ts';
import { carryErrors } from './errorTransfer.ts';
import { WorkerError } from './workerError.ts';

/**
 * Examples from the text of a CSV, TSV or JSONL file, read in a worker that lives as long as that takes: the page stays
 * free, however long the file.
 * @throws ArgumentError as `readDataset` of `tabgrad`
 * @throws WorkerError when the worker does not start
 */
export async function readDataset(text: string, options: DatasetOptions = {}): Promise<Dataset> {
  carryErrors();
  const worker = startWorker();
  const api: Remote<DataApi> = wrap<DataApi>(worker);
  const gone = new Promise<never>((_, reject) => {
    worker.addEventListener('error', ({ message }) => {
      reject(new WorkerError(`The examples could not be read: ${message || 'the worker did not start'}.`));
    });
  });
  try {
    return await Promise.race([api.readDataset(text, options), gone]);
  } finally {
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
