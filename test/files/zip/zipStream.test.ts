import { inflateRawSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { filesOf, PIECE, partsIn, piecesOf } from '../../../src/files/fileParts.ts';
import { unzip } from '../../../src/files/zip/unzip.ts';
import { zipBlob, zipFiles, zipStream } from '../../../src/files/zip/zip.ts';
import type { SavedFile, SavedFiles } from '../../../src/types.ts';
import { turns } from '../../support/waiting.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 2 * PIECE + 5 }, (_, i) => (i * i) % 251);
const files: SavedFiles = new Map([
  ['model.safetensors', weights],
  ['1_Pooling/config.json', utf8('{"pooling": "mean"}'.repeat(50))],
  ['größe.txt', utf8('')],
  ['heads/topic/model.safetensors', utf8('')],
]);

async function bytesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** A file whose bytes nobody should ask for. */
const untouchable = (path: string, bytes: number): SavedFile => ({
  path,
  bytes,
  stream: new ReadableStream(
    {
      pull() {
        expect.unreachable(`${path} was read`);
      },
    },
    { highWaterMark: 0 },
  ),
});

async function* list(...files: SavedFile[]) {
  yield* files;
}

describe('a streamed zip', () => {
  it('is read by us and by another program, with its folder and without', async () => {
    for (const folder of ['my-model', '']) {
      const zip = await bytesOf(zipStream(files, folder));
      const ours = await unzip(new Blob([zip]));
      const theirs = unzipSync(zip);
      expect(Object.keys(ours).sort()).toEqual([...files.keys()].sort());
      expect(Object.keys(theirs).length).toBe(files.size);
      for (const [path, bytes] of files) {
        expect([path, equal(new Uint8Array(await ours[path]!.arrayBuffer()), bytes)]).toEqual([path, true]);
        expect([path, equal(theirs[folder ? `${folder}/${path}` : path]!, bytes)]).toEqual([path, true]);
      }
    }
  });

  it('is the same whether its files are there or come', async () => {
    const zip = await bytesOf(zipStream(files, 'm'));
    expect(equal(await bytesOf(zipStream(filesOf(partsIn(files)), 'm')), zip)).toBe(true);
    expect(equal(await bytesOf(zipStream(new Map([...files].reverse()), 'm')), zip)).toBe(true);
  });

  it('says what weights are behind them, deflated as Java wants it, in blocks that hold them as they are', async () => {
    const one = new Map([['a.safetensors', weights]]);
    const pieces: Uint8Array[] = [];
    for await (const piece of piecesOf(zipStream(one, ''))) pieces.push(piece);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1.001 * PIECE);
    const zip = Buffer.concat(pieces);
    // Bit 3 of the flags; deflated; no checksum and no sizes.
    expect(zip.readUInt16LE(6)).toBe(0x0808);
    expect(zip.readUInt16LE(8)).toBe(8);
    expect([14, 18, 22].map((at) => zip.readUInt32LE(at))).toEqual([0, 0, 0]);
    const begin = 30 + 'a.safetensors'.length;
    const descriptor = zip.indexOf('PK\x07\x08', begin, 'latin1');
    const packed = zip.subarray(begin, descriptor);
    expect(packed.length).toBeLessThan(1.001 * weights.length);
    expect(equal(inflateRawSync(packed), weights)).toBe(true);
    expect(zip.readUInt32LE(descriptor + 8)).toBe(packed.length);
    expect(zip.readUInt32LE(descriptor + 12)).toBe(weights.length);
    // The directory says the same.
    expect(zip.readUInt32LE(descriptor + 16)).toBe(0x02014b50);
    const directory = descriptor + 16 + 16;
    expect(
      equal(zip.subarray(directory, directory + 12), zip.subarray(descriptor + 4, descriptor + 16)),
    ).toBe(true);
  });

  it('reads no more of its files than is asked of it, and lets go of them when it is cancelled', async () => {
    let made = 0;
    let isOver = false;
    async function* counting() {
      try {
        for (const [path, data] of files) {
          const parts = async function* () {
            yield { type: 'file' as const, path, bytes: data.length };
            for (let at = 0; at < data.length; at += PIECE) {
              made++;
              yield { type: 'piece' as const, data: data.slice(at, at + PIECE) };
            }
          };
          yield* filesOf(parts());
        }
      } finally {
        isOver = true;
      }
    }
    const reader = zipStream(counting(), '').getReader();
    await turns();
    expect(made).toBe(0);
    // The header's three parts, then the first piece.
    for (let i = 0; i < 4; i++) await reader.read();
    expect(made).toBe(1);
    await reader.cancel();
    expect(isOver).toBe(true);
  });

  it('is refused beyond 4 GiB before anything of such a file is read', async () => {
    const small: SavedFile = { path: 'a.json', bytes: 2, stream: new Blob(['{}']).stream() };
    const refused = {
      name: 'ArgumentError',
      message: expect.stringMatching(/at most 4 GiB. Save to a folder/),
    };
    await expect(
      bytesOf(zipStream(list(small, untouchable('b.safetensors', 2 ** 32)), '')),
    ).rejects.toMatchObject(refused);
  });

  it('fails for odd paths and folders, and as its files do', async () => {
    expect(() => zipStream(files, '../a')).toThrow(/is no name for a folder/);
    await expect(bytesOf(zipStream(list(untouchable('../a.safetensors', 1)), ''))).rejects.toThrow(
      /is no path for a file/,
    );
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new RangeError('gone'));
      },
    });
    await expect(bytesOf(zipStream(list({ path: 'a', bytes: 1, stream: broken }), ''))).rejects.toThrow(
      'gone',
    );
    const short: SavedFile = { path: 'a.safetensors', bytes: 3, stream: new Blob(['12']).stream() };
    await expect(bytesOf(zipStream(list(short), ''))).rejects.toThrow(/has 2 bytes, and 3 were announced/);
  });
});

describe('a zip of files as they come', () => {
  const bytesIn = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const zipped = (files: AsyncIterable<SavedFile>) => zipBlob(files, 'm');

  it('is that of the same files in memory: every checksum in front, weights stored', async () => {
    const zip = await zipped(filesOf(partsIn(files)));
    expect(zip.type).toBe('application/zip');
    expect(equal(await bytesIn(zip), await bytesIn(zipFiles(files, 'm')))).toBe(true);
  });

  it('is refused beyond 4 GiB and for odd paths before anything of such a file is read, and for other lengths', async () => {
    await expect(zipped(list(untouchable('b.safetensors', 2 ** 32)))).rejects.toThrow(/at most 4 GiB/);
    await expect(zipped(list(untouchable('../b.safetensors', 1)))).rejects.toThrow(/is no path for a file/);
    for (const content of ['12', '1234']) {
      const wrong: SavedFile = { path: 'a.safetensors', bytes: 3, stream: new Blob([content]).stream() };
      await expect(zipped(list(wrong))).rejects.toThrow(/has \d bytes, and 3 were announced/);
    }
  });
});
