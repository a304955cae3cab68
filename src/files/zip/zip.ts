import type { SavedFile, SavedFiles } from '../../types.ts';
import { contentOf, filesOf, partsIn, piecesOf } from '../fileParts.ts';
import { directoryWithoutDescriptors, withFactsInFront, ZipWriter } from './writer.ts';

/** Largest file that is compressed. It is read whole, so that its bytes in the zip do not depend on its pieces. */
const MOST_DEFLATED = 16 * 2 ** 20;

/**
 * A zip of a model's files, written while they are read: by `saveStream`, or in memory. Weights, and whatever is
 * larger than 16 MiB, go through uncompressed; the rest is compressed. The same files give the same bytes.
 * @param folder what the zip unpacks to, '' for no folder
 * @throws ArgumentError for a folder that a zip should not have. The stream fails with one for such a path or more
 * than 4 GiB, and with whatever reading the files throws
 */
export function zipStream(
  files: AsyncIterable<SavedFile> | SavedFiles,
  folder: string,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = chunksOf(files instanceof Map ? filesOf(partsIn(files)) : files, new ZipWriter(folder));
  return new ReadableStream(
    {
      async pull(controller) {
        const { value } = await chunks.next();
        if (value) controller.enqueue(value);
        else controller.close();
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Weights are said to be deflated, in blocks that hold the bytes as they are. Were they stored, a program that reads
 * the zip from its beginning could not know where they end: Java's ZipInputStream refuses that.
 */
async function* chunksOf(
  files: AsyncIterable<SavedFile>,
  zip: ZipWriter,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const file of files) {
    zip.begin(file.path, file.bytes, isDeflated(file) ? 'deflated' : 'wrapped');
    for await (const piece of piecesToPack(file)) yield* zip.add(piece);
    yield* zip.end();
  }
  yield zip.finish();
}

/**
 * A zip of files as they come, each stored or compressed with its checksum in front: the form that every program
 * reads. Each piece becomes a Blob at once: in a browser its bytes are not in the JavaScript heap then.
 * @throws ArgumentError for a path or folder that a zip should not have, or more than 4 GiB
 */
export async function zipBlob(files: AsyncIterable<SavedFile>, folder: string): Promise<Blob> {
  const zip = new ZipWriter(folder);
  const zipped: BlobPart[] = [];
  for await (const file of files) {
    zip.begin(file.path, file.bytes, isDeflated(file) ? 'deflated' : 'stored');
    const parts: BlobPart[] = [];
    for await (const piece of piecesToPack(file)) {
      // The header, which comes first, is still to be completed.
      for (const chunk of zip.add(piece)) parts.push(parts.length === 0 ? chunk : new Blob([chunk]));
    }
    parts.push(...zip.end());
    zipped.push(...withFactsInFront(parts));
  }
  return finished(zipped, zip);
}

/**
 * A zip of files in memory, at once, each stored or compressed with its checksum in front.
 * @throws ArgumentError for a path or folder that a zip should not have, or more than 4 GiB
 */
export function zipFiles(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, folder: string): Blob {
  const zip = new ZipWriter(folder);
  const zipped = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, content]) => {
      const bytes = content.length;
      zip.begin(path, bytes, isDeflated({ path, bytes }) ? 'deflated' : 'stored');
      return withFactsInFront([...zip.add(content), ...zip.end()]);
    });
  return finished(zipped, zip);
}

function finished(zipped: BlobPart[], zip: ZipWriter): Blob {
  return new Blob([...zipped, directoryWithoutDescriptors(zip.finish())], { type: 'application/zip' });
}

/** Whether a file is compressed: weights would not get smaller. */
function isDeflated({ path, bytes }: Pick<SavedFile, 'path' | 'bytes'>): boolean {
  return !path.endsWith('.safetensors') && bytes <= MOST_DEFLATED;
}

async function* piecesToPack(file: SavedFile): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  if (isDeflated(file)) yield await contentOf(file);
  else yield* piecesOf(file.stream);
}
