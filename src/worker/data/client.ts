import { proxy, type Remote, type UnproxyOrClone } from 'comlink';
import type { Dataset, DatasetOptions } from '../../data/dataset.ts';
import { filesOf, partsIn, partsOf } from '../../files/fileParts.ts';
import type { SavedFile, SavedFiles } from '../../types.ts';
import { askWorker } from '../askWorker.ts';
import { transferPiece } from '../savedStream.ts';
import type { DataApi, NextPart, RemoteParts } from './dataWorker.ts';

/**
 * Examples from the text of a CSV, TSV or JSONL file, read in a worker that lives as long as that takes: the page
 * stays free, however long the file.
 * @throws ArgumentError as `readDataset` of `tabgrad`
 * @throws WorkerError when the worker does not start
 */
export function readDataset(text: string, options: DatasetOptions = {}): Promise<Dataset> {
  return askDataWorker('The examples could not be read', (api) => api.readDataset(text, options));
}

/**
 * A zip of what `saveStream` or `save` gives, made in a worker. Of the files that are streamed no more is in memory
 * than a piece: the zip's bytes are the browser's to keep, outside of the JavaScript heap. The same files give the
 * same bytes.
 * @param folder what the zip unpacks to
 * @example const zip = await zipModel(model.saveStream(), 'my-model');
 * @throws ArgumentError as `zipStream` of `tabgrad`, AbortError, WorkerError, and whatever reading the files throws
 */
export async function zipModel(
  files: AsyncIterable<SavedFile> | SavedFiles,
  folder: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Blob> {
  const parts = partsOf(files instanceof Map ? filesOf(partsIn(files)) : files);
  const next: NextPart = async () => {
    const { value } = await parts.next();
    return value ? transferPiece(value) : undefined;
  };
  try {
    return await askDataWorker(
      'The zip could not be made',
      // The proxy arrives there as what its type says.
      (api) => api.zip(proxy(next) as unknown as UnproxyOrClone<RemoteParts>, folder),
      signal,
    );
  } finally {
    await parts.return();
  }
}

/**
 * A model's files out of a zip, for `fromPretrained`; read in a worker.
 * @throws ModelFormatError as `unzip` of `tabgrad`, AbortError, WorkerError
 */
export function unzipModel(
  zip: Blob,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Record<string, Blob>> {
  const name = zip instanceof File ? zip.name : undefined;
  return askDataWorker('The zip could not be read', (api) => api.unzip(zip, name), signal);
}

/** Asks a data worker that lives as long as its answer takes. @throws as `askWorker` does */
function askDataWorker<T>(
  what: string,
  ask: (api: Remote<DataApi>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const start = () => new Worker(new URL('./dataWorker.ts', import.meta.url), { type: 'module' });
  return askWorker(what, start, ask, signal);
}
