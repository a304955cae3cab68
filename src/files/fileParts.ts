import { TabgradError } from '../errors.ts';
import type { SavedFile, SavedFiles } from '../types.ts';

/** Most bytes of a piece. */
export const PIECE = 4 * 2 ** 20;

/** A part of a sequence of files: first a file is named, then come its bytes in pieces, each in memory of its own. */
export type FilePart =
  | { type: 'file'; path: string; bytes: number }
  | { type: 'piece'; data: Uint8Array<ArrayBuffer> };

type Parts = AsyncGenerator<FilePart, void, void>;

/**
 * Makes files of parts. A file's content is taken from the parts as it is read. It can be read until the next file is
 * asked for; the rest is skipped then. Leaving the loop ends the parts.
 */
export async function* filesOf(parts: Parts): AsyncGenerator<SavedFile, void, void> {
  let failure: { error: unknown } | undefined;
  const take = async () => {
    if (failure) throw failure.error;
    try {
      return (await parts.next()).value || undefined;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  let close = () => {};
  try {
    for (let part = await take(); part?.type === 'file'; part = await take()) {
      const { path, bytes } = part;
      const content = openContent(path, bytes, take);
      close = content.close;
      yield { path, bytes, stream: content.stream };
      await content.skip();
    }
  } finally {
    close();
    await parts.return();
  }
}

/** The content of one file, which takes its pieces from the parts. */
function openContent(path: string, bytes: number, take: () => Promise<FilePart | undefined>) {
  let left = bytes;
  let pulling: Promise<unknown> = Promise.resolve();
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const takePiece = async () => {
    const part = await take();
    if (part?.type !== 'piece') throw new TabgradError(`${path} ends before its ${bytes} bytes.`, { path });
    left -= part.data.length;
    return part.data;
  };
  const pull = async () => {
    const data = await takePiece();
    controller.enqueue(data);
    if (left <= 0) controller.close();
  };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(given) {
        controller = given;
        if (bytes === 0) controller.close();
      },
      pull() {
        const pulled = pull();
        pulling = pulled.catch(() => {});
        return pulled;
      },
    },
    // No piece is taken before somebody reads.
    { highWaterMark: 0 },
  );
  /** Ends the stream with an error for whoever still reads it; nothing happens to one that has ended. */
  const close = () => {
    const what = `${path} can be read until the next file is asked for, or the loop is left.`;
    controller.error(new TabgradError(what, { path }));
  };
  /** Takes what was not read. */
  const skip = async () => {
    close();
    await pulling;
    while (left > 0) await takePiece();
  };
  return { stream, close, skip };
}

/** Makes parts of files. Each file is read when its turn has come. */
export async function* partsOf(files: AsyncIterable<SavedFile>): Parts {
  for await (const { path, bytes, stream } of files) {
    yield { type: 'file', path, bytes };
    for await (const data of piecesOf(stream)) yield { type: 'piece', data };
  }
}

/** Makes parts of files in memory, ordered by path. */
export async function* partsIn(files: SavedFiles): Parts {
  for (const [path, content] of [...files].sort(byPath)) {
    yield { type: 'file', path, bytes: content.length };
    for (const data of slices(content)) yield { type: 'piece', data };
  }
}

/** Cuts bytes into pieces, each a copy. */
export function* slices(content: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void, void> {
  for (let at = 0; at < content.length; at += PIECE) yield content.slice(at, at + PIECE);
}

/** The pieces of a stream. Not every browser can loop over a stream itself. */
export async function* piecesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const reader = stream.getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      yield value!;
    }
  } finally {
    // It does nothing if the stream has ended.
    await reader.cancel().catch(() => {});
  }
}

/** Reads a file's content into one array. @throws TabgradError unless it has as many bytes as it says */
export async function contentOf({ path, bytes, stream }: SavedFile): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(bytes);
  let at = 0;
  for await (const piece of piecesOf(stream)) {
    if (at + piece.length <= bytes) content.set(piece, at);
    at += piece.length;
  }
  if (at === bytes) return content;
  throw new TabgradError(`${path} has ${at} bytes, and ${bytes} were announced.`, { path });
}

function byPath([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
