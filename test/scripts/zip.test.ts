import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readZip } from '../../scripts/lib/zip.js';
import { someBytes, temporaryFolder } from './support.ts';
import { makeZip } from './zipFixture.ts';

const files = [
  { name: 'a/stored.bin', bytes: someBytes(1000) },
  { name: 'a/deflated.txt', bytes: Buffer.from('ab'.repeat(5000)) },
  { name: 'empty', bytes: Buffer.alloc(0) },
];
const wanted = files.map(({ name, bytes }) => ({ name, size: bytes.length }));

async function read(archive: Buffer, names = wanted): Promise<Map<string, Uint8Array>> {
  const path = join(await temporaryFolder(), 'a.zip');
  await writeFile(path, archive);
  const found = new Map<string, Uint8Array>();
  await readZip(path, names, async (name, bytes) => {
    found.set(name, bytes);
  });
  return found;
}

test('unpacks stored, deflated and empty files', async () => {
  const found = await read(makeZip(files));
  for (const { name, bytes } of files) expect(bytes.equals(found.get(name)!)).toBe(true);
});

test('finds the end record before a comment', async () => {
  const zip = makeZip(files);
  expect((await read(Buffer.concat([zip, Buffer.from('a comment')]))).size).toBe(3);
});

test('names what is missing, of another size, or no zip', async () => {
  await expect(read(makeZip(files), [{ name: 'b', size: 1 }])).rejects.toThrow(/has no b$/);
  await expect(read(makeZip(files), [{ name: 'empty', size: 1 }])).rejects.toThrow(/0 bytes, expected 1/);
  await expect(read(Buffer.alloc(0))).rejects.toThrow(/not a zip/);
  await expect(read(someBytes(5000))).rejects.toThrow(/not a zip/);
});

test('damage anywhere is an error or leaves the sizes right, never a crash', async () => {
  const zip = makeZip(files);
  for (let at = 1000; at < zip.length; at += 7) {
    const damaged = Buffer.from(zip);
    damaged[at] = damaged[at]! ^ 0xff;
    const result = await read(damaged).catch((error: unknown) => error);
    if (result instanceof Map)
      for (const { name, size } of wanted) expect(result.get(name)).toHaveLength(size);
    else expect(result).toBeInstanceOf(Error);
  }
});

test('a truncated archive is an error', async () => {
  const zip = makeZip(files);
  await expect(read(zip.subarray(0, zip.length - 30))).rejects.toThrow(/not a zip/);
  await expect(read(zip.subarray(500))).rejects.toThrow();
});
