import { transfer } from 'comlink';
import { type FilePart, filesOf } from '../files/fileParts.ts';
import type { ProgressEvent, SavedFile, SaveOptions } from '../types.ts';
import { eventsOf } from './eventsOf.ts';
import type { WorkerLine } from './line.ts';

/** Saves the model in the worker and gives its files as they come. */
export function savedStream(
  line: WorkerLine,
  { dtype, card, onProgress, signal }: SaveOptions,
): AsyncGenerator<SavedFile, void, void> {
  const parts = eventsOf<FilePart, ProgressEvent>({
    line,
    signal,
    argument: 'card',
    // Whoever reads the files may be gone.
    endsAtOnce: true,
    send: (api, ...rest) => api.saveStream({ dtype, card }, ...rest),
    isEvent: (told): told is FilePart => !('status' in told),
    onNews: (event) => onProgress?.(event),
  });
  return filesOf(parts);
}

/** Marks a piece's memory for transfer instead of a copy. An array that is a part of a larger one is copied first. */
export function transferPiece(part: FilePart): FilePart {
  if (part.type !== 'piece') return part;
  const { data } = part;
  if (data.byteLength < data.buffer.byteLength) return transferPiece({ ...part, data: data.slice() });
  return transfer(part, [data.buffer]);
}
