import { deflateSync } from 'fflate';
import { ArgumentError, TabgradError } from '../../errors.ts';
import { crc32 } from './crc32.ts';
import { lastBlock, lengthInBlocks, plainBlocks } from './deflateBlocks.ts';
import { isSafePath } from './safePath.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What the fields of the format without zip64 hold. */
const MOST_BYTES = 2 ** 32 - 1;
const MOST_FILES = 0xffff - 1;
/** Of a file's header without its name, and of what may come behind its content. */
const MOST_OVERHEAD = 30 + 16;
/** 1 January 1980, midnight: the format's first moment. With the real time, equal files would give different bytes. */
const DATE = 0x0021;
/** Bit 11: names are UTF-8. */
const UTF8 = 0x0800;
/** Bit 3: the checksum and the sizes come behind the content. */
const DESCRIBED_AFTER = 0x0008;
const VERSION = 20;
const STORED = 0;
const DEFLATED = 8;

/** What a zip's directory says of a file. */
interface Entry {
  name: Bytes;
  flags: number;
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
}

/**
 * The records of a zip, one file after the other. What its methods give is to be written in that order; nothing is kept
 * but the directory.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export class ZipWriter {
  readonly #folder: string;
  readonly #directory: Bytes[] = [];
  #files = 0;
  #offset = 0;
  /** The file whose content is under way, and what was announced of it. */
  #open: { path: string; entry: Entry; header: Bytes[]; announced: number } | undefined;

  /**
   * @param folder what the zip unpacks to, '' for no folder
   * @throws ArgumentError for a folder that a zip should not have
   */
  constructor(folder: string) {
    if (folder !== '' && (!isSafePath(folder) || folder.includes('/'))) {
      throw new ArgumentError(`A zip: ${JSON.stringify(folder)} is no name for a folder.`, {
        argument: 'folder',
      });
    }
    this.#folder = folder;
  }

  /**
   * A file that is there as a whole. Weights stay as they are, as they do not get smaller; the rest is deflated.
   * @throws ArgumentError for a path that a zip should not have, or more than 4 GiB
   */
  file(path: string, content: Bytes): Bytes[] {
    const name = this.#nameOf(path, content.length);
    const packed = isWeights(path) ? content : deflateSync(content, { level: 6 });
    const isSmaller = packed.length < content.length;
    const data = isSmaller ? packed : content;
    const entry = {
      name,
      flags: UTF8,
      method: isSmaller ? DEFLATED : STORED,
      crc: crc32(content),
      packedBytes: data.length,
      bytes: content.length,
    };
    const written = [...headerOf(entry), data];
    this.#enter(entry, lengthOf(written));
    return written;
  }

  /**
   * A file that is stored, for whoever knows its checksum only behind its content.
   * @returns what goes in front of the content, once the checksum is known
   * @throws ArgumentError for a path that a zip should not have, or more than 4 GiB
   */
  stored(path: string, bytes: number): (crc: number) => Bytes[] {
    const name = this.#nameOf(path, bytes);
    return (crc) => {
      const entry = { name, flags: UTF8, method: STORED, crc, packedBytes: bytes, bytes };
      const header = headerOf(entry);
      this.#enter(entry, lengthOf(header) + bytes);
      return header;
    };
  }

  /**
   * Begins a file whose content comes piece by piece and whose checksum comes behind it. It is said to be deflated, in blocks that
   * hold the bytes as they are: where it were stored, who reads a zip from its beginning could not know where it ends, and Java, for one,
   * refuses that.
   * @param bytes what will come
   * @throws ArgumentError for a path that a zip should not have, or more than 4 GiB
   */
  begin(path: string, bytes: number): Bytes[] {
    const name = this.#nameOf(path, lengthInBlocks(bytes));
    const entry = { name, flags: UTF8 | DESCRIBED_AFTER, method: DEFLATED, crc: 0, packedBytes: 0, bytes: 0 };
    const header = headerOf(entry);
    this.#open = { path, entry, header, announced: bytes };
    return header;
  }

  /** The next piece of the file that was begun. */
  add(piece: Uint8Array): Bytes {
    const { entry } = this.#open!;
    const packed = plainBlocks(piece);
    entry.crc = crc32(piece, entry.crc);
    entry.bytes += piece.length;
    entry.packedBytes += packed.length;
    return packed;
  }

  /**
   * Ends the file that was begun.
   * @throws TabgradError unless it has as many bytes as it said
   * @throws ArgumentError where small pieces made it more than 4 GiB
   */
  end(): Bytes[] {
    const { path, entry, header, announced } = this.#open!;
    this.#open = undefined;
    if (entry.bytes !== announced) {
      throw new TabgradError(`${path} has ${entry.bytes} bytes, and ${announced} were announced.`, { path });
    }
    const last = lastBlock();
    entry.packedBytes += last.length;
    const descriptor = fields([
      [4, 0x08074b50],
      [4, entry.crc],
      [4, entry.packedBytes],
      [4, entry.bytes],
    ]);
    this.#enter(entry, lengthOf(header) + entry.packedBytes + descriptor.length);
    if (this.#offset > MOST_BYTES) throw tooLarge();
    return [last, descriptor];
  }

  /** The directory, with which the zip ends. */
  finish(): Bytes[] {
    const end = fields([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, this.#files],
      [2, this.#files],
      [4, lengthOf(this.#directory)],
      [4, this.#offset],
      [2, 0],
    ]);
    return [...this.#directory, end];
  }

  #nameOf(path: string, bytes: number): Bytes {
    if (!isSafePath(path)) throw fail(`A zip: ${JSON.stringify(path)} is no path for a file.`);
    if (this.#files === MOST_FILES) throw fail(`A zip holds at most ${MOST_FILES} files.`);
    const name = new TextEncoder().encode(this.#folder === '' ? path : `${this.#folder}/${path}`);
    // Deflated it might fit after all; what is that large are weights.
    if (this.#offset + MOST_OVERHEAD + name.length + bytes > MOST_BYTES) {
      throw tooLarge();
    }
    return name;
  }

  #enter(entry: Entry, written: number): void {
    this.#directory.push(
      fields([
        [4, 0x02014b50],
        [2, VERSION],
      ]),
      factsOf(entry),
      // No comment, disk 0, no attributes.
      fields([
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, this.#offset],
      ]),
      entry.name,
    );
    this.#files += 1;
    this.#offset += written;
  }
}

function fail(what: string): ArgumentError {
  return new ArgumentError(what, { argument: 'files' });
}

function tooLarge(): ArgumentError {
  return fail('A zip holds at most 4 GiB. Save to a folder instead.');
}

/** Weights do not get smaller. */
export function isWeights(path: string): boolean {
  return path.endsWith('.safetensors');
}

/** What comes in front of a file's content. */
function headerOf(entry: Entry): Bytes[] {
  return [fields([[4, 0x04034b50]]), factsOf(entry), entry.name];
}

/** The part that a file's header and its entry in the directory have in common. */
function factsOf({ name, flags, method, crc, packedBytes, bytes }: Entry): Bytes {
  return fields([
    [2, VERSION],
    [2, flags],
    [2, method],
    [2, 0],
    [2, DATE],
    [4, crc],
    [4, packedBytes],
    [4, bytes],
    [2, name.length],
    [2, 0],
  ]);
}

/** Little-endian numbers of 2 or 4 bytes. */
function fields(values: readonly (readonly [bytes: 2 | 4, value: number])[]): Bytes {
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
