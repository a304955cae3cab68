import { ModelFormatError } from '../../errors.ts';
import { isSafePath } from './safePath.ts';

/** A file inside a zip, as the zip's directory describes it. */
export interface ZipEntry {
  path: string;
  isDeflated: boolean;
  crc: number;
  packedBytes: number;
  /** Length of the content, unpacked. */
  bytes: number;
  /** Position of the file's own header in the zip. */
  offset: number;
}

const END_BYTES = 22;
const MOST_COMMENT = 0xffff;
const ENTRY_BYTES = 46;
/** Limits for the directory. A model has a dozen files, a sharded one a few dozen. */
const MOST_ENTRIES = 4096;
const MOST_DIRECTORY = 4 * 2 ** 20;
/** Most bytes that one byte of a deflate stream inflates to. */
const MOST_RATIO = 1032;
/**
 * Limits for the bytes of all deflated files together, relative to the zip's size and beyond that. Weights hardly
 * shrink by deflating, and texts to a twentieth at most: a zip that promises more is no model's.
 */
const PLAUSIBLE_RATIO = 32;
const PLAUSIBLE_REST = 8 * 2 ** 20;

/**
 * Reads the directory at the end of a zip. fflate's readers do not serve here: `unzip` needs the whole zip in memory,
 * `Unzip` takes weights that happen to hold a zip's signature for the next file, and neither checks a checksum.
 * @returns the files, sorted by offset, without folders and what macOS adds; and the position of the directory
 * @throws ModelFormatError for what is no zip, or one that is damaged, encrypted, of zip64, or has odd paths
 */
export async function readZipDirectory(
  zip: Blob,
  file: string,
): Promise<{ entries: ZipEntry[]; end: number }> {
  const { count, begin, end } = await findDirectory(zip, file);
  const view = new DataView(await readPart(zip, begin, end, file));
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(view, at, file);
    at = next;
    if (!isLeftOut(entry.path)) entries.push(entry);
  }
  checkEntries(entries, begin, file);
  const unpacked = entries.reduce((sum, { isDeflated, bytes }) => sum + (isDeflated ? bytes : 0), 0);
  if (unpacked > PLAUSIBLE_REST + PLAUSIBLE_RATIO * begin) {
    throw bad(file, `would unpack to ${unpacked} bytes from ${begin}, which no model does`);
  }
  return { entries, end: begin };
}

async function findDirectory(zip: Blob, file: string) {
  const start = Math.max(0, zip.size - END_BYTES - MOST_COMMENT);
  const view = new DataView(await readPart(zip, start, zip.size, file));
  let at = view.byteLength - END_BYTES;
  const isEnd = () =>
    view.getUint32(at, true) === 0x06054b50 &&
    at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) throw bad(file, 'is no zip, or its end is missing');
  const [disk, firstDisk] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  const count = view.getUint16(at + 10, true);
  const bytes = view.getUint32(at + 12, true);
  const begin = view.getUint32(at + 16, true);
  if (count === 0xffff || bytes === 0xffffffff || begin === 0xffffffff) throw bad(file, 'is a zip64');
  if (disk !== 0 || firstDisk !== 0) throw bad(file, 'is one part of several');
  if (count > MOST_ENTRIES || bytes > MOST_DIRECTORY) {
    throw bad(file, `has ${count} files in its list, far more than a model`);
  }
  if (begin + bytes > start + at) throw bad(file, 'is damaged: its list of files goes beyond its end');
  return { count, begin, end: begin + bytes };
}

function readEntry(view: DataView, at: number, file: string): { entry: ZipEntry; next: number } {
  if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
    throw bad(file, 'is damaged: its list of files breaks off');
  }
  const [flags, method, nameBytes, extraBytes, commentBytes] = [8, 10, 28, 30, 32].map((field) =>
    view.getUint16(at + field, true),
  ) as [number, number, number, number, number];
  const [crc, packedBytes, bytes, offset] = [16, 20, 24, 42].map((field) =>
    view.getUint32(at + field, true),
  ) as [number, number, number, number];
  const next = at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  if (next > view.byteLength) throw bad(file, 'is damaged: its list of files breaks off');
  const name = new Uint8Array(view.buffer, at + ENTRY_BYTES, nameBytes);
  // Some programs on Windows write backslashes between folders.
  const path = new TextDecoder('utf-8', { ignoreBOM: true }).decode(name).replaceAll('\\', '/');
  const named = JSON.stringify(path.slice(0, 100));
  // Bit 0: the file is encrypted; bit 13: the list is.
  if (flags & 0x2001) throw bad(file, `is encrypted (${named})`);
  if (method !== 0 && method !== 8) {
    throw bad(file, `packs ${named} by method ${method}; stored and deflated files work`);
  }
  if ([packedBytes, bytes, offset].includes(0xffffffff)) throw bad(file, `is a zip64 (${named})`);
  if (!isSafePath(path.replace(/\/$/, '')))
    throw bad(file, `has the path ${named}, which is not inside a folder`);
  if (method === 0 ? bytes !== packedBytes : bytes > packedBytes * MOST_RATIO) {
    throw bad(file, `is damaged: ${named} cannot have ${bytes} bytes`);
  }
  return { entry: { path, isDeflated: method === 8, crc, packedBytes, bytes, offset }, next };
}

function isLeftOut(path: string): boolean {
  return path.endsWith('/') || path.startsWith('__MACOSX/') || path.split('/').at(-1) === '.DS_Store';
}

/** Sorts the entries by offset. None may share bytes with another: that is how a small zip becomes a huge folder. */
function checkEntries(entries: ZipEntry[], end: number, file: string): void {
  const paths = new Set<string>();
  for (const { path } of entries) {
    if (paths.has(path)) throw bad(file, `has ${JSON.stringify(path)} twice`);
    paths.add(path);
  }
  entries.sort((a, b) => a.offset - b.offset);
  for (const [i, { path, offset, packedBytes }] of entries.entries()) {
    if (offset + packedBytes > (entries[i + 1]?.offset ?? end)) {
      throw bad(file, `is damaged: ${JSON.stringify(path)} overlaps what follows`);
    }
  }
}

/** Makes an error about a zip. @param what continues the sentence after the zip's name */
export function bad(file: string, what: string): ModelFormatError {
  return new ModelFormatError(`${file} ${what}. Pack the model's folder as a plain zip and try again.`, {
    file,
  });
}

/** Reads bytes of a zip. @throws ModelFormatError where that fails: a file on a disk may have changed meanwhile */
export function readPart(zip: Blob, begin: number, end: number, file: string): Promise<ArrayBuffer> {
  return zip
    .slice(begin, end)
    .arrayBuffer()
    .catch((cause) => {
      throw bad(file, `could not be read (${String(cause)})`);
    });
}
