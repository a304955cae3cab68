import { Inflate, ZipPassThrough } from 'fflate';
import { bad, readPart, readZipDirectory, type ZipEntry } from './directory.ts';

/** Bytes read at a time, so that a stored file is checked without being in memory whole. */
const SLICE = 4 * 2 ** 20;
/** Bytes inflated at a time. They become at most 2 MiB, which fflate holds a few times over. */
const INFLATE_SLICE = 2 * 2 ** 10;
/** Inflated bytes that are collected before they leave the heap as a Blob. */
const PIECE = 2 ** 20;

/**
 * Reads a model's files out of a zip and checks their checksums. A folder that all of them are in is left out of
 * their paths. Stored files are parts of the zip, not copies.
 * @param file name of the zip in error messages
 * @throws ModelFormatError for what is no zip, or one that is damaged, encrypted, of zip64, or has odd paths
 */
export async function unzip(zip: Blob, file = 'The zip'): Promise<Record<string, Blob>> {
  const { entries, end } = await readZipDirectory(zip, file);
  const root = commonFolder(entries.map(({ path }) => path));
  const files: [string, Blob][] = [];
  for (const [i, entry] of entries.entries()) {
    const packed = await packedPart(zip, entry, entries[i + 1]?.offset ?? end, file);
    const content = entry.isDeflated ? await inflate(packed, entry, file) : packed;
    if ((await checksum(content, file)) !== entry.crc) {
      throw bad(file, `is damaged: the checksum of ${JSON.stringify(entry.path)} is wrong`);
    }
    files.push([entry.path.slice(root.length), content]);
  }
  return Object.fromEntries(files);
}

/** @returns the folder that all paths begin with, its slash included, or '' */
function commonFolder(paths: readonly string[]): string {
  const first = paths[0] ?? '';
  const root = first.slice(0, first.indexOf('/') + 1);
  return paths.every((path) => path.startsWith(root)) ? root : '';
}

/** An entry's bytes, which lie behind a header of its own. Only that says how long it is. */
async function packedPart(zip: Blob, entry: ZipEntry, end: number, file: string): Promise<Blob> {
  const { offset, packedBytes, path } = entry;
  const view = new DataView(await readPart(zip, offset, offset + 30, file));
  const isHeader = view.byteLength === 30 && view.getUint32(0, true) === 0x04034b50;
  const begin = isHeader ? offset + 30 + view.getUint16(26, true) + view.getUint16(28, true) : end + 1;
  if (begin + packedBytes > end) {
    throw bad(file, `is damaged: ${JSON.stringify(path)} is not where its list of files says`);
  }
  return zip.slice(begin, begin + packedBytes);
}

/** Inflates an entry, and stops where more comes out than the directory says. */
async function inflate(packed: Blob, { path, bytes }: ZipEntry, file: string): Promise<Blob> {
  const content: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  let length = 0;
  const toBlob = () => {
    content.push(new Blob(pieces));
    [pieces, held] = [[], 0];
  };
  const stream = new Inflate((part) => {
    length += part.length;
    if (length > bytes) return;
    pieces.push(part.slice());
    held += part.length;
    if (held >= PIECE) toBlob();
  });
  const damaged = () => bad(file, `is damaged: ${JSON.stringify(path)} cannot be unpacked`);
  for (let at = 0; at < packed.size && length <= bytes; at += SLICE) {
    const slice = new Uint8Array(await readPart(packed, at, at + SLICE, file));
    for (let from = 0; from < slice.length && length <= bytes; from += INFLATE_SLICE) {
      const isLast = at + from + INFLATE_SLICE >= packed.size;
      try {
        stream.push(slice.subarray(from, from + INFLATE_SLICE), isLast);
      } catch {
        throw damaged();
      }
    }
  }
  if (length !== bytes) throw damaged();
  toBlob();
  return new Blob(content);
}

/** CRC-32 of a file's content, which fflate computes while it stores a file. */
async function checksum(content: Blob, file: string): Promise<number> {
  const stored = new ZipPassThrough('');
  stored.ondata = () => {};
  for (let at = 0; at < content.size; at += SLICE) {
    stored.push(new Uint8Array(await readPart(content, at, at + SLICE, file)));
  }
  stored.push(new Uint8Array(), true);
  return stored.crc >>> 0;
}
