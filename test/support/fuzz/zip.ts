import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { ModelFormatError } from '../../../src/errors.ts';
import { unzip } from '../../../src/files/zip/unzip.ts';
import { zipFiles } from '../../../src/files/zip/zip.ts';
import { byteChange, changed, same } from './bytes.ts';
import { excerpt, type Family } from './hunt.ts';
import { type Entry, plainUnzip, writeZip } from './plainZip.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) % 251);
const json = utf8('{"pooling_mode": "mean"}\n'.repeat(20));
/** Small, and a thousand times as large unpacked. */
const bomb = deflateRawSync(new Uint8Array(40e6), { level: 9 });
const littleBomb = deflateRawSync(new Uint8Array(1e6), { level: 9 });

const stored = (path: string, content: Uint8Array): Entry => ({ path, packed: content, content });
const deflated = (path: string, content: Uint8Array): Entry => ({
  path,
  packed: deflateRawSync(content),
  content,
  method: 8,
});
const plain = [
  stored('m/model.safetensors', weights),
  deflated('m/1_Pooling/config.json', json),
  deflated('m/config.json', utf8('{"a": 1}'.repeat(9))),
  stored('m/empty.txt', new Uint8Array()),
];

const paths = [
  '../a.json',
  'm/../../a',
  '/etc/passwd',
  'C:\\a',
  'm\\a.json',
  'm//a',
  'm/./a',
  '',
  'm/',
  'm/config.json',
  '__MACOSX/m/x',
  'm/.DS_Store',
  '__proto__',
  'm/__proto__',
  'm/constructor',
  '\ufeffa.json',
  'm/größe.txt',
  'a\0b',
  'x'.repeat(300),
  'other/config.json',
];

/** What is wrong with one file of a zip; the rest of the zip is then consistent. */
const entryChange: fc.Arbitrary<Partial<Entry>> = fc.oneof(
  fc.constantFrom(...paths).map((path) => ({ path })),
  fc.constantFrom(...paths).map((localPath) => ({ localPath })),
  fc.constantFrom(0, 1, 8, 9, 12, 14, 99).map((method) => ({ method })),
  fc.constantFrom(0, 1, 8, 0x800, 0x808, 0x2000, 0xffff).map((flags) => ({ flags })),
  fc.constantFrom(0, 1, 100, 2999, 3001, 40e6, 2 ** 31, 2 ** 32 - 1).map((bytes) => ({ bytes })),
  fc.constantFrom(0, 1, 100, 2999, 3001, 2 ** 31, 2 ** 32 - 1).map((packedBytes) => ({ packedBytes })),
  fc.constantFrom(0, 1, 30, 2 ** 31, 2 ** 32 - 1).map((offset) => ({ offset })),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((crc) => ({ crc })),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((packed) => ({ packed, method: 8 })),
  fc.constantFrom(
    { packed: bomb, content: new Uint8Array(100), method: 8 },
    { packed: bomb, content: new Uint8Array(0), bytes: 40e6, method: 8 },
    { packed: littleBomb, content: new Uint8Array(1e6), method: 8 },
    { packed: littleBomb, content: new Uint8Array(9e5), method: 8 },
  ),
  fc.constant({ hasDescriptor: true, flags: 0x808 }),
  fc.uint8Array({ maxLength: 40 }).map((extra) => ({ extra })),
  fc.uint8Array({ maxLength: 40 }).map((localExtra) => ({ localExtra })),
  fc.uint8Array({ maxLength: 40 }).map((comment) => ({ comment })),
);

/** End records inside comments, and blanks in front, are what readers look through. */
const framing = fc.record(
  {
    comment: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constant(writeZip([stored('hidden.json', utf8('1'))], {})),
      fc.constant(utf8('PK\u0005\u0006'.repeat(10))),
    ),
    count: fc.constantFrom(0, 1, 3, 4, 5, 4097, 65_535),
    prefix: fc.constant(utf8('#!/bin/sh\n')),
  },
  { requiredKeys: [] },
);

export async function zip(): Promise<Family<Uint8Array<ArrayBuffer>>> {
  const files = new Map(plain.map(({ path, content }) => [path.slice(2), Uint8Array.from(content)]));
  const seeds = [
    new Uint8Array(await zipFiles(files, 'm').arrayBuffer()),
    zipSync(Object.fromEntries(plain.map(({ path, content }) => [path, content]))),
    writeZip(plain, {}),
    writeZip(
      plain.map((entry) => ({ ...entry, hasDescriptor: true, flags: 0x808 })),
      { comment: utf8('a note') },
    ),
  ];
  // Of the records that lead a reader.
  const fields = seeds.map((seed) =>
    Array.from({ length: seed.length - 3 }, (_, at) => at)
      .filter((at) => seed[at] === 0x50 && seed[at + 1] === 0x4b && seed[at + 2]! < 6)
      .flatMap((at) => Array.from({ length: 46 }, (_, i) => at + i)),
  );
  const ofBytes = fc
    .tuple(fc.nat(seeds.length - 1), fc.array(byteChange, { minLength: 1, maxLength: 3 }))
    .map(([i, changes]) => changed(seeds[i]!, changes, seeds, fields[i]!));
  const ofEntries = fc
    .record({
      changes: fc.array(fc.tuple(fc.nat(plain.length - 1), entryChange), { maxLength: 2 }),
      doubled: fc.oneof(
        { weight: 9, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.nat(plain.length - 1) },
      ),
      frame: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: framing }),
      reversed: fc.boolean(),
    })
    .map(({ changes, doubled, frame, reversed }) => {
      const entries = plain.map((entry) => ({ ...entry }));
      for (const [i, change] of changes) Object.assign(entries[i]!, change);
      if (doubled !== null) entries.push({ ...entries[doubled]! });
      return writeZip(reversed ? entries.reverse() : entries, frame);
    });
  return {
    name: 'zip',
    inputs: fc.oneof(ofBytes, ofEntries),
    size: ({ length }) => length,
    async read(bytes) {
      const found = await unzip(new Blob([bytes]), 'my.zip');
      const expected = plainUnzip(bytes);
      const keys = Object.keys(found);
      const root = keys.length > 0 && expected.has(`m/${keys[0]}`) ? 'm/' : '';
      let unpacked = 0;
      for (const path of keys) {
        const content = expected.get(root + path) ?? expected.get(path) ?? rooted(expected, path);
        if (!content) throw new Error(`${path} is in no list.`);
        if (!same(new Uint8Array(await found[path]!.arrayBuffer()), content))
          throw new Error(`${path} has other bytes.`);
        unpacked += content.length;
      }
      if (keys.length !== expected.size) throw new Error(`${keys.length} files of ${expected.size}.`);
      return `${keys.length} files${unpacked > bytes.length * 4 ? ', far larger than the zip' : ''}`;
    },
    show: excerpt,
    refusals: [ModelFormatError],
    names: /^my\.zip/,
  };

  /** A file in whatever folder all of them are in. */
  function rooted(expected: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array | undefined {
    const full = [...expected.keys()].find((key) => key.slice(key.indexOf('/') + 1) === path);
    return full === undefined ? undefined : expected.get(full);
  }
}
