import { transfer } from 'comlink';
import type { SavedFiles } from '../types.ts';
import { askDataWorker } from './dataLine.ts';

/**
 * A zip of what `save` gave, made in a worker. The files are handed over, not copied: the arrays are empty afterwards.
 * The same files give the same bytes.
 * @param folder what the zip unpacks to
 * @throws ArgumentError as `zipFiles` of `tabgrad`, AbortError, WorkerError
 */
export function zipModel(
  files: SavedFiles,
  folder: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Blob> {
  // An array may be there twice, or be a part of another's memory: a buffer is handed over once.
  const buffers = [...new Set([...files.values()].map(({ buffer }) => buffer))];
  return askDataWorker(
    'The zip could not be made',
    (api) => api.zipFiles(transfer(files, buffers), folder),
    signal,
  );
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
