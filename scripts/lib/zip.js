/** The entries of a zip archive (stored or deflated, no zip64): https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

const endRecord = { signature: 0x06054b50, bytes: 22, maxComment: 0xffff };
const directoryRecord = { signature: 0x02014b50, bytes: 46 };
const localRecord = { signature: 0x04034b50, bytes: 30 };
const stored = 0;
const deflated = 8;

/** @typedef {{ name: string, method: number, compressed: number, size: number, offset: number }} Entry sizes and offset in bytes */

/**
 * Reads some files of an archive.
 * @param {string} path of the archive
 * @param {readonly { name: string, size: number }[]} wanted names in the archive and their sizes, unpacked
 * @param {(name: string, bytes: Buffer) => Promise<void>} use is given one file at a time
 * @throws {Error} not a zip, a name that is not in it or has another size, a compression it does not know, or damage
 */
export async function readZip(path, wanted, use) {
  const archive = await open(path, 'r');
  try {
    const directory = await readDirectory(archive, (await archive.stat()).size);
    for (const { name, size } of wanted) {
      const entry = directory.get(name);
      if (!entry) throw new Error(`${path} has no ${name}`);
      if (entry.size !== size)
        throw new Error(`${name} in ${path} has ${entry.size} bytes, expected ${size}`);
      await use(name, await readEntry(archive, entry));
    }
  } finally {
    await archive.close();
  }
}

/** @param {import('node:fs/promises').FileHandle} archive @param {number} length of the archive @returns {Promise<Map<string, Entry>>} */
async function readDirectory(archive, length) {
  const tailLength = Math.min(length, endRecord.bytes + endRecord.maxComment);
  const tail = await readBytes(archive, length - tailLength, tailLength);
  let end = tail.length - endRecord.bytes;
  while (end >= 0 && tail.readUInt32LE(end) !== endRecord.signature) end--;
  if (end < 0) throw new Error('not a zip archive: it has no end record');
  const count = tail.readUInt16LE(end + 10);
  const bytes = await readBytes(archive, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));

  const entries = new Map();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + directoryRecord.bytes > bytes.length || bytes.readUInt32LE(at) !== directoryRecord.signature) {
      throw new Error(`damaged zip archive: entry ${i} of ${count} is not in the directory`);
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const nameAt = at + directoryRecord.bytes;
    const name = bytes.toString('utf8', nameAt, nameAt + nameLength);
    entries.set(name, {
      name,
      method: bytes.readUInt16LE(at + 10),
      compressed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    });
    at = nameAt + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** @param {import('node:fs/promises').FileHandle} archive @param {Entry} entry */
async function readEntry(archive, { name, method, compressed, size, offset }) {
  const local = await readBytes(archive, offset, localRecord.bytes);
  if (local.readUInt32LE(0) !== localRecord.signature) throw new Error(`damaged zip archive at ${name}`);
  // The local record repeats the name, and has extra fields of its own length.
  const start = offset + localRecord.bytes + local.readUInt16LE(26) + local.readUInt16LE(28);
  const bytes = await readBytes(archive, start, compressed);
  if (method !== stored && method !== deflated) throw new Error(`${name}: unknown compression ${method}`);
  const unpacked = method === stored ? bytes : await inflate(bytes, { maxOutputLength: Math.max(size, 1) });
  if (unpacked.length !== size)
    throw new Error(`${name}: ${unpacked.length} bytes unpacked, expected ${size}`);
  return unpacked;
}

/** @param {import('node:fs/promises').FileHandle} archive @param {number} position @param {number} length */
async function readBytes(archive, position, length) {
  // Checked first: a damaged length must not ask for gigabytes.
  if (position + length > (await archive.stat()).size)
    throw new Error('damaged zip archive: it ends too early');
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await archive.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('damaged zip archive: it ends too early');
  return buffer;
}
