import { TabgradError } from '../../errors.ts';
import type { SavedFile, SavedFiles } from '../../types.ts';
import { contentOf, filesOf, partsIn, piecesOf } from '../fileParts.ts';
import { crc32 } from './crc32.ts';
import { isWeights, ZipWriter } from './writer.ts';

/** A file up to this is read whole, so that it can be deflated. */
const SMALL = 16 * 2 ** 20;

/**
 * A zip of a model's files, written while they are read: by `saveStream`, or in memory. Weights, and whatever is larger than
 * 16 MiB, go through as they are, in blocks, their checksums behind them; the rest is deflated. The same files give the same bytes.
 * @param folder what the zip unpacks to, '' for no folder
 * @throws ArgumentError for a folder that a zip should not have. The stream fails with one for such a path or more than 4 GiB, and
 * with whatever reading the files throws
 */
export function zipStream(
  files: AsyncIterable<SavedFile> | SavedFiles,
  folder: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = written(files instanceof Map ? filesOf(partsIn(files)) : files, new ZipWriter(folder));
  return new ReadableStream(
    {
      async pull(controller) {
        const { value } = await pieces.next();
        if (value) controller.enqueue(value);
        else controller.close();
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* written(
  files: AsyncIterable<SavedFile>,
  zip: ZipWriter,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const file of files) {
    if (isSmall(file)) {
      yield* zip.file(file.path, await contentOf(file));
      continue;
    }
    yield* zip.begin(file.path, file.bytes);
    for await (const piece of piecesOf(file.stream)) yield zip.add(piece);
    yield* zip.end();
  }
  yield* zip.finish();
}

/**
 * A zip of files as they come, each stored or deflated with its checksum in front: the form that every program reads. Each piece becomes
 * a Blob at once: in a browser its bytes are not in the JavaScript heap then.
 * @param folder what the zip unpacks to, '' for no folder
 * @throws ArgumentError for a path or folder that a zip should not have, or more than 4 GiB, and whatever reading the files throws
 */
export async function zipBlob(files: AsyncIterable<SavedFile>, folder: string): Promise<Blob> {
  const zip = new ZipWriter(folder);
  const parts: Blob[] = [];
  for await (const file of files) {
    if (isSmall(file)) {
      parts.push(new Blob(zip.file(file.path, await contentOf(file))));
      continue;
    }
    const { path, bytes, stream } = file;
    const front = zip.stored(path, bytes);
    const content: Blob[] = [];
    let [crc, length] = [0, 0];
    for await (const piece of piecesOf(stream)) {
      crc = crc32(piece, crc);
      length += piece.length;
      content.push(new Blob([piece]));
    }
    if (length !== bytes) {
      throw new TabgradError(`${path} has ${length} bytes, and ${bytes} were announced.`, { path });
    }
    parts.push(new Blob(front(crc)), ...content);
  }
  return new Blob([...parts, ...zip.finish()], { type: 'application/zip' });
}

/** Whether a file is deflated, for which it is read whole. */
function isSmall({ path, bytes }: SavedFile): boolean {
  return !isWeights(path) && bytes <= SMALL;
}

/**
 * A zip of files in memory, at once, each stored or deflated with its checksum in front.
 * @throws ArgumentError for a path or folder that a zip should not have, or more than 4 GiB
 */
export function zipFiles(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, folder: string): Blob {
  const zip = new ZipWriter(folder);
  const parts = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, content]) => zip.file(path, content));
  return new Blob([...parts, ...zip.finish()], { type: 'application/zip' });
}
