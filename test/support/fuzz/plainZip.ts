import { constants, crc32, inflateRawSync } from 'node:zlib';
import { joined } from './bytes.ts';

/** A file to be put in a zip; what is left out follows from the rest. */
export interface Entry {
  path: string;
  /** As it lies in the zip. */
  packed: Uint8Array;
  content: Uint8Array;
  method?: number;
  flags?: number;
  crc?: number;
  packedBytes?: number;
  bytes?: number;
  offset?: number;
  /** Of its own header, where that says another than the list. */
  localPath?: string;
  extra?: Uint8Array;
  localExtra?: Uint8Array;
  comment?: Uint8Array;
  /** Sizes and checksum come behind the content, and its own header has zeros. */
  hasDescriptor?: boolean;
}

export interface Frame {
  comment?: Uint8Array;
  /** Files that the end says the list has. */
  count?: number;
  /** In front of everything; offsets count from it. */
  prefix?: Uint8Array;
}

/** Writes a zip as it is asked to, right or not. */
export function writeZip(
  entries: readonly Entry[],
  { comment, count, prefix }: Frame,
): Uint8Array<ArrayBuffer> {
  const none = new Uint8Array();
  const body: Uint8Array[] = [prefix ?? none];
  const list: Uint8Array[] = [];
  let at = prefix?.length ?? 0;
  for (const entry of entries) {
    const { packed, content, method = 0, flags = 0x800, extra = none, localExtra = none } = entry;
    const { crc = crc32(content), packedBytes = packed.length, bytes = content.length } = entry;
    const facts = [crc, packedBytes, bytes];
    const [name, localName] = [entry.path, entry.localPath ?? entry.path].map((path) => Buffer.from(path));
    const local = [
      numbers(
        [4, 0x04034b50],
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0x21_0000],
        ...facts.map((fact): Field => [4, entry.hasDescriptor ? 0 : fact]),
        [2, localName!.length],
        [2, localExtra.length],
      ),
      localName!,
      localExtra,
      packed,
      entry.hasDescriptor ? numbers([4, 0x08074b50], ...facts.map((fact): Field => [4, fact])) : none,
    ];
    const note = entry.comment ?? none;
    list.push(
      numbers(
        [4, 0x02014b50],
        [2, 20],
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0x21_0000],
        ...facts.map((fact): Field => [4, fact]),
        [2, name!.length],
        [2, extra.length],
        [2, note.length],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, entry.offset ?? at],
      ),
      name!,
      extra,
      note,
    );
    body.push(...local);
    at += local.reduce((sum, { length }) => sum + length, 0);
  }
  const listed = count ?? entries.length;
  const listBytes = list.reduce((sum, { length }) => sum + length, 0);
  const note = comment ?? none;
  const end = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, listed],
    [2, listed],
    [4, listBytes],
    [4, at],
    [2, note.length],
  );
  return joined([...body, ...list, end, note]);
}

/**
 * What a zip that is known to be right holds, by the list at its end, unpacked and checked by Node's zlib. Folders
 * and what macOS adds are left out.
 * @throws an Error for what is not right after all
 */
export function plainUnzip(zip: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  let end = zip.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50 || end + 22 + view.getUint16(end + 20, true) !== zip.length)
    end--;
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error('The list breaks off.');
    const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const [packedBytes, bytes] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const path = new TextDecoder('utf-8', { ignoreBOM: true })
      .decode(zip.subarray(at + 46, at + 46 + nameBytes!))
      .replaceAll('\\', '/');
    const local = view.getUint32(at + 42, true);
    at += 46 + nameBytes! + extraBytes! + noteBytes!;
    if (path.endsWith('/') || path.startsWith('__MACOSX/') || /(^|\/)\.DS_Store$/.test(path)) continue;
    if (view.getUint32(local, true) !== 0x04034b50) throw new Error(`${path} has no header.`);
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = zip.subarray(begin, begin + packedBytes);
    // Whether the last mark of a deflated file is there does not matter: its length and checksum say that it is
    // whole.
    const how = { maxOutputLength: 2 ** 24, finishFlush: constants.Z_SYNC_FLUSH };
    const content = method === 0 ? packed : inflateRawSync(packed, how);
    if (content.length !== bytes || crc32(content) !== crc) throw new Error(`${path} is damaged.`);
    if (/^\/|:|(^|\/)\.{0,2}(\/|$)/.test(path)) throw new Error(`${path} is not inside a folder.`);
    if (files.has(path)) throw new Error(`${path} is there twice.`);
    files.set(path, content);
  }
  return files;
}

type Field = readonly [bytes: 2 | 4, value: number];

function numbers(...fields: readonly Field[]): Uint8Array {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) at = buffer.writeUIntLE(value % 2 ** (8 * bytes), at, bytes);
  return buffer;
}
