import { transfer } from 'comlink';
import { throwIfAborted } from '../errors.ts';
import { type FilePart, filesOf } from '../files/fileParts.ts';
import type { ProgressEvent, SavedFile, SaveOptions } from '../types.ts';
import { eventsOf } from './eventsOf.ts';
import type { WorkerLine } from './line.ts';

/** The files of a model in a worker, as `saveStream` of the model there gives them. */
export function savedStream(line: WorkerLine, options: SaveOptions): AsyncGenerator<SavedFile, void, void> {
  return filesOf(partsFrom(line, options));
}

async function* partsFrom(
  line: WorkerLine,
  { dtype, card, onProgress, signal }: SaveOptions,
): AsyncGenerator<FilePart, void, void> {
  throwIfAborted(signal);
  yield* eventsOf<FilePart, ProgressEvent>({
    line,
    signal,
    argument: 'card',
    // Whoever reads the files may be gone.
    endsAtOnce: true,
    send: (api, ...rest) => api.saveStream({ dtype, card }, ...rest),
    isEvent: (told): told is FilePart => !('status' in told),
    onNews: (event) => onProgress?.(event),
  });
}

/** A piece's memory goes over, it is not copied. Where an array is a part of something larger, a copy of it goes. */
export function transferPiece(part: FilePart): FilePart {
  if (part.type !== 'piece') return part;
  const { data } = part;
  if (data.byteLength < data.buffer.byteLength) return transferPiece({ ...part, data: data.slice() });
  return transfer(part, [data.buffer]);
}
