import { deflateSync } from 'fflate';
import { ArgumentError } from '../errors.ts';
import { crc32 } from './crc32.ts';

/** What the fields of the format without zip64 hold. */
const MOST_BYTES = 2 ** 32 - 1;
/** 1 January 1980, midnight: the format's first moment. With the real time, equal files would give different bytes. */
const DATE = 0x0021;
/** Bit 11: names are UTF-8. */
const FLAGS = 0x0800;
const VERSION = 20;
const STORED = 0;
const DEFLATED = 8;

/**
 * A zip of a model's files: by path, weights as they are (they do not get smaller), the rest deflated. The same files
 * give the same bytes.
 * @param folder what the zip unpacks to, '' for no folder
 * @throws ArgumentError for a path or folder that a zip should not have, or more than 4 GiB
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zipFiles(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, folder: string): Blob {
  if (folder !== '' && (!isSafePath(folder) || folder.includes('/'))) {
    throw new ArgumentError(`zipFiles(): ${JSON.stringify(folder)} is no name for a folder.`, {
      argument: 'folder',
    });
  }
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isSafePath(path)) {
      throw new ArgumentError(`zipFiles(): ${JSON.stringify(path)} is no path for a file.`, {
        argument: 'files',
      });
    }
    const name = new TextEncoder().encode(folder === '' ? path : `${folder}/${path}`);
    const packed = path.endsWith('.safetensors') ? content : deflateSync(content, { level: 6 });
    const isSmaller = packed.length < content.length;
    const data = isSmaller ? packed : content;
    // The part that both headers have.
    const facts = fields([
      [2, VERSION],
      [2, FLAGS],
      [2, isSmaller ? DEFLATED : STORED],
      [2, 0],
      [2, DATE],
      [4, crc32(content)],
      [4, data.length],
      [4, content.length],
      [2, name.length],
      [2, 0],
    ]);
    directory.push(
      fields([
        [4, 0x02014b50],
        [2, VERSION],
      ]),
      facts,
      // No comment, disk 0, no attributes.
      fields([
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, offset],
      ]),
      name,
    );
    const entry = [fields([[4, 0x04034b50]]), facts, name, data];
    parts.push(...entry);
    offset += lengthOf(entry);
    if (offset > MOST_BYTES || content.length > MOST_BYTES) {
      throw new ArgumentError('zipFiles(): a zip holds at most 4 GiB. Save to a folder instead.', {
        argument: 'files',
      });
    }
  }
  if (files.size > 0xffff - 1) {
    throw new ArgumentError(`zipFiles(): ${files.size} files are more than a zip holds.`, {
      argument: 'files',
    });
  }
  const end = fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.size],
    [2, files.size],
    [4, lengthOf(directory)],
    [4, offset],
    [2, 0],
  ]);
  return new Blob([...parts, ...directory, end], { type: 'application/zip' });
}

/** A relative path with slashes that stays inside its folder on every system. */
export function isSafePath(path: string): boolean {
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !hasOddCharacter(part));
}

/** Backslashes and colons mean something on Windows; control characters mean nothing good anywhere. */
function hasOddCharacter(name: string): boolean {
  return [...name].some((character) => character === '\\' || character === ':' || character < ' ');
}

/** Little-endian numbers of 2 or 4 bytes. */
function fields(values: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
