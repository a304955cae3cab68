import { deflateSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/files/zip/crc32.ts';
import { unzip } from '../../../src/files/zip/unzip.ts';
import { zipFiles } from '../../../src/files/zip/zip.ts';
import { effort } from '../../support/effort.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const weights = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const files = new Map([
  ['model.safetensors', weights],
  ['1_Pooling/config.json', utf8('{"pooling": "mean"}'.repeat(50))],
  ['größe.txt', utf8('')],
]);

/** A zip of fflate's as bytes that a test may change. */
const foreign = (entries: Record<string, Uint8Array | [Uint8Array, { level: 0 | 6 }]>) =>
  zipSync(entries as Parameters<typeof zipSync>[0]);
const opened = (bytes: Uint8Array) => unzip(new Blob([bytes.slice()]));

/** Where a signature ('PK' and two bytes) is, for the nth time. */
function find(bytes: Uint8Array, signature: number, nth = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, seen = 0; at + 4 <= bytes.length; at++) {
    if (view.getUint32(at, true) === signature && seen++ === nth) return at;
  }
  return expect.unreachable('no such record');
}

const directory = 0x02014b50;
const end = 0x06054b50;

/** The zip with numbers of 2 or 4 bytes put over it. */
function changed(bytes: Uint8Array, ...puts: [at: number, value: number, size: 2 | 4][]): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const [at, value, size] of puts) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return copy;
}

describe('a checksum', () => {
  it('is that of zip files, in one go or in parts', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
    expect(crc32(utf8('6789'), crc32(utf8('12345')))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });
});

describe('a zip', () => {
  it('comes back as it was, without its folder', async () => {
    for (const folder of ['my-model', '']) {
      const back = await unzip(zipFiles(files, folder));
      expect(Object.keys(back).sort()).toEqual([...files.keys()].sort());
      for (const [path, bytes] of files) expect(await bytesOf(back[path]!)).toEqual(bytes);
    }
  });

  it('is the same for the same files in any order, weights stored and texts deflated', async () => {
    const zip = await bytesOf(zipFiles(files, 'm'));
    expect(await bytesOf(zipFiles(new Map([...files].reverse()), 'm'))).toEqual(zip);
    const methods = [0, 1, 2].map((nth) => zip[find(zip, directory, nth) + 10]);
    expect(methods).toEqual([8, 0, 0]);
    expect(zip.length).toBeGreaterThan(weights.length);
    expect(zip.length).toBeLessThan(weights.length + 700);
  });

  it('is refused for paths and folders that leave their place', () => {
    for (const path of ['', '/a', '../a', 'a/../b', 'a//b', 'a/', 'C:a', 'a\\b', 'a\0b']) {
      expect(() => zipFiles(new Map([[path, weights]]), 'm')).toThrow(/is no path for a file/);
    }
    for (const folder of ['..', 'a/b', '/', ' \n']) {
      expect(() => zipFiles(files, folder)).toThrow(/is no name for a folder/);
    }
  });
});

describe('a zip of another program', () => {
  it('is read, stored or deflated, and what macOS adds is left out', async () => {
    const back = await opened(
      foreign({
        'm/config.json': utf8('{}'.repeat(100)),
        'm/model.safetensors': [weights, { level: 0 }],
        'm/2_Normalize/': new Uint8Array(),
        'm/.DS_Store': utf8('x'),
        '__MACOSX/m/._config.json': utf8('x'),
      }),
    );
    expect(Object.keys(back).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await bytesOf(back['config.json']!)).toEqual(utf8('{}'.repeat(100)));
    expect(await bytesOf(back['model.safetensors']!)).toEqual(weights);
  });

  it('keeps the folders where they are not common to all', async () => {
    const back = await opened(foreign({ 'a/b.json': utf8('1'), 'c.json': utf8('2') }));
    expect(Object.keys(back).sort()).toEqual(['a/b.json', 'c.json']);
  });

  it('may have a comment, and be empty', async () => {
    const zip = foreign({ 'a.json': utf8('1') });
    const commented = new Uint8Array([...changed(zip, [zip.length - 2, 4, 2]), ...utf8('note')]);
    expect(Object.keys(await opened(commented))).toEqual(['a.json']);
    expect(await opened(foreign({}))).toEqual({});
  });

  const zip = foreign({ 'a.json': [utf8('aaaa'.repeat(99)), { level: 0 }], 'b.json': utf8('b'.repeat(999)) });
  const first = find(zip, directory);
  const second = find(zip, directory, 1);
  const last = find(zip, end);
  it.each<[string, Uint8Array, RegExp]>([
    ['no zip', utf8('<!doctype html><title>Log in</title>'), /is no zip/],
    ['nothing at all', new Uint8Array(), /is no zip/],
    ['cut', zip.slice(0, -1), /is no zip/],
    ['cut in front', zip.slice(40), /damaged/],
    ['encrypted', changed(zip, [first + 8, 1, 2]), /encrypted/],
    ['packed another way', changed(zip, [first + 10, 14, 2]), /by method 14/],
    ['of zip64', changed(zip, [last + 16, 0xffffffff, 4]), /zip64/],
    ['of zip64 in one file', changed(zip, [first + 20, 0xffffffff, 4]), /zip64/],
    ['one of several disks', changed(zip, [last + 4, 1, 2]), /several/],
    ['of countless files', changed(zip, [last + 10, 60_000, 2]), /far more than a model/],
    ['of more files than listed', changed(zip, [last + 10, 3, 2]), /breaks off/],
    ['with a list beyond its end', changed(zip, [last + 12, 100_000, 4]), /beyond its end/],
    ['with files over each other', changed(zip, [second + 42, 0, 4]), /overlaps/],
    ['with a huge file', changed(zip, [second + 24, 0xfffffff0, 4]), /cannot have/],
    ['with more than it says', changed(zip, [second + 24, 998, 4]), /cannot be unpacked/],
    ['with less than it says', changed(zip, [second + 24, 1000, 4]), /cannot be unpacked/],
    ['with another checksum', changed(zip, [first + 16, 1, 4]), /checksum/],
    ['with another byte', changed(zip, [60, 0x6261, 2]), /checksum/],
    ['with a path outside', foreign({ '../a.json': utf8('1') }), /not inside a folder/],
    ['with an absolute path', foreign({ '/a.json': utf8('1') }), /not inside a folder/],
    ['with a Windows path', foreign({ 'a\\b.json': utf8('1') }), /not inside a folder/],
  ])('that is %s is refused by name', async (_, bytes, message) => {
    const zipFile = new Blob([bytes.slice()]);
    await expect(unzip(zipFile, 'my.zip')).rejects.toMatchObject({
      name: 'ModelFormatError',
      file: 'my.zip',
      message: expect.stringMatching(message),
    });
  });

  it('with a path twice is refused', async () => {
    const twice = foreign({ 'a.json': utf8('1'), 'b.json': utf8('2') });
    const name = find(twice, directory, 1) + 46;
    await expect(opened(changed(twice, [name, 0x2e61, 2]))).rejects.toThrow(/has "a.json" twice/);
  });

  it('is refused where it would unpack to what no model of its size has', async () => {
    const zeros = foreign({ 'a.json': new Uint8Array(9 * 2 ** 20), 'b.json': new Uint8Array(2 ** 20) });
    expect(zeros.length).toBeLessThan(20_000);
    await expect(opened(zeros)).rejects.toThrow(
      /would unpack to 10485760 bytes from \d+, which no model does/,
    );
    const few = await opened(foreign({ 'a.json': new Uint8Array(2 ** 20) }));
    expect(few['a.json']!.size).toBe(2 ** 20);
  });

  it('does not unpack more than it says, however much it hides', async () => {
    const bomb = deflateSync(new Uint8Array(3e7), { level: 9 });
    const hiding = foreign({ 'a.json': [bomb, { level: 0 }] });
    const at = find(hiding, directory);
    const taken = await effort(() =>
      expect(opened(changed(hiding, [at + 10, 8, 2], [at + 24, 100, 4]))).rejects.toThrow(
        /cannot be unpacked/,
      ),
    );
    expect(taken).toBeLessThan(50);
  });
});
