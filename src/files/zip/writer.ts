import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { ArgumentError, TabgradError } from '../../errors.ts';
import { isSafePath } from './safePath.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Limits of the format's fields without zip64. */
const MOST_BYTES = 2 ** 32 - 1;
const MOST_FILES = 0xffff - 1;
/** Length of a file's header without its name, and of the descriptor behind its content. */
const OVERHEAD = 30 + 16;
/** The format's first moment in any time zone. With the real time, equal files would give different bytes. */
const MTIME = new Date(1980, 0, 1);
/** Unix, a file that its owner writes and all read: for one of MS-DOS, `unzip` does not take the name as UTF-8. */
const UNIX = { os: 3, attrs: 0o100644 * 2 ** 16 };
/** Bit 3 of a file's flags: its checksum and sizes are in a descriptor behind its content. */
const HAS_DESCRIPTOR = 0x08;
const DESCRIPTOR_BYTES = 16;

/** The form of a file's bytes in the zip: compressed, as they are, or as they are inside of a deflate stream. */
export type Method = 'deflated' | 'stored' | 'wrapped';

/**
 * Writes a zip with fflate, one file after the other. The chunks that its methods return are to be written in that
 * order. Each file is a header, its content, and a descriptor with its checksum and sizes.
 */
export class ZipWriter {
  readonly #folder: string;
  readonly #zip = new Zip((error, chunk) => {
    if (error) throw error;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  });
  #chunks: Bytes[] = [];
  /** Bytes and files written up to now. */
  #bytes = 0;
  #files = 0;
  #open: { path: string; announced: number; input: ZipDeflate | ZipPassThrough } | undefined;

  /** @param folder what the zip unpacks to, '' for none @throws ArgumentError for one that a zip should not have */
  constructor(folder: string) {
    if (folder !== '' && (!isSafePath(folder) || folder.includes('/'))) {
      throw new ArgumentError(`A zip: ${JSON.stringify(folder)} is no name for a folder.`, {
        argument: 'folder',
      });
    }
    this.#folder = folder;
  }

  /** Begins a file of so many bytes. @throws ArgumentError for a path that a zip should not have, or beyond 4 GiB */
  begin(path: string, bytes: number, method: Method): void {
    if (!isSafePath(path)) throw fail(`A zip: ${JSON.stringify(path)} is no path for a file.`);
    if (this.#files === MOST_FILES) throw fail(`A zip holds at most ${MOST_FILES} files.`);
    const name = this.#folder === '' ? path : `${this.#folder}/${path}`;
    if (this.#bytes + OVERHEAD + name.length + bytes > MOST_BYTES) throw tooLarge();
    const input =
      method === 'stored'
        ? new ZipPassThrough(name)
        : new ZipDeflate(name, { level: method === 'wrapped' ? 0 : 6 });
    this.#zip.add(Object.assign(input, UNIX, { mtime: MTIME }));
    this.#files += 1;
    this.#open = { path, announced: bytes, input };
  }

  /** Adds a piece of the file's content. The first chunk of a file is its header alone. */
  add(piece: Uint8Array): Bytes[] {
    this.#open!.input.push(piece);
    return this.#take();
  }

  /**
   * Ends the file. The last chunk is its descriptor alone.
   * @throws TabgradError unless the file has as many bytes as were announced
   * @throws ArgumentError where the zip has become larger than 4 GiB
   */
  end(): Bytes[] {
    const { path, announced, input } = this.#open!;
    if (input.size !== announced) {
      throw new TabgradError(`${path} has ${input.size} bytes, and ${announced} were announced.`, { path });
    }
    input.push(new Uint8Array(), true);
    if (this.#bytes > MOST_BYTES) throw tooLarge();
    return this.#take();
  }

  /** Ends the zip with its directory, one chunk. */
  finish(): Bytes {
    this.#zip.end();
    return this.#take()[0]!;
  }

  #take(): Bytes[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

/** Moves checksum and sizes from the descriptor, a file's last part, to its header, where every program finds them. */
export function withFactsInFront(file: readonly BlobPart[]): BlobPart[] {
  const [header, descriptor] = [file[0] as Bytes, file.at(-1) as Bytes];
  header[6]! &= ~HAS_DESCRIPTOR;
  header.set(descriptor.subarray(4), 14);
  return file.slice(0, -1);
}

/** Changes a directory to that of files without descriptors. */
export function directoryWithoutDescriptors(directory: Bytes): Bytes {
  const view = new DataView(directory.buffer);
  const end = directory.length - 22;
  let moved = 0;
  for (let at = 0; at < end; at += 46 + view.getUint16(at + 28, true)) {
    directory[at + 8]! &= ~HAS_DESCRIPTOR;
    view.setUint32(at + 42, view.getUint32(at + 42, true) - moved, true);
    moved += DESCRIPTOR_BYTES;
  }
  view.setUint32(end + 16, view.getUint32(end + 16, true) - moved, true);
  return directory;
}

function fail(what: string): ArgumentError {
  return new ArgumentError(what, { argument: 'files' });
}

function tooLarge(): ArgumentError {
  return fail('A zip holds at most 4 GiB. Save to a folder instead.');
}
