import { transfer } from 'comlink';
import { throwIfAborted } from '../errors.ts';
import { type FilePart, filesOf } from '../files/fileParts.ts';
import type { ProgressEvent, SavedFile, SaveOptions } from '../types.ts';
import { cloneable } from './cloneable.ts';
import { EventQueue } from './eventQueue.ts';
import type { WorkerLine } from './line.ts';

/** The files of a model in a worker, as `saveStream` of the model there gives them. */
export function savedStream(line: WorkerLine, options: SaveOptions): AsyncGenerator<SavedFile, void, void> {
  return filesOf(partsFrom(line, options));
}

/** A piece's memory goes over, it is not copied. Where an array is a part of something larger, a copy of it goes. */
export function transferPiece(part: FilePart): FilePart {
  if (part.type !== 'piece') return part;
  const { data } = part;
  if (data.byteLength < data.buffer.byteLength) return transferPiece({ ...part, data: data.slice() });
  return transfer(part, [data.buffer]);
}

async function* partsFrom(
  line: WorkerLine,
  { dtype, card, onProgress: tell, signal }: SaveOptions,
): AsyncGenerator<FilePart, void, void> {
  throwIfAborted(signal);
  const stop = new AbortController();
  const parts = new EventQueue<FilePart>();
  const onAbort = () => {
    stop.abort();
    try {
      throwIfAborted(signal);
    } catch (error) {
      parts.end({ error });
    }
    // The worker waits for what it has sent to be taken, and whoever reads may be gone.
    parts.close();
  };
  signal?.addEventListener('abort', onAbort);
  const onProgress = (event: ProgressEvent | FilePart) =>
    'status' in event ? tell?.(event) : parts.push(event);
  const run = line.call({ onProgress, signal: stop.signal }, (api, ...rest) =>
    api.saveStream({ dtype, card }, ...rest),
  );
  run.then(
    () => parts.end(),
    (error: unknown) => parts.end({ error: cloneable(error, 'card') }),
  );
  try {
    yield* parts;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
    parts.close();
    // The worker has given back what it held then.
    await run.catch(() => {});
  }
}
