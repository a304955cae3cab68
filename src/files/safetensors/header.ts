import { ModelFormatError } from '../../errors.ts';
import { isObject } from '../../values/isObject.ts';
import { quote } from '../../values/quote.ts';
import { bitsOfDtype, type Dtype, isDtype } from './dtype.ts';

/** One tensor of a file. */
export interface TensorEntry {
  name: string;
  dtype: Dtype;
  shape: number[];
  /** First byte in the file. */
  begin: number;
  /** One past the last byte in the file. */
  end: number;
}

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, TensorEntry>;
}

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

type Fail = (what: string) => never;

/** @returns a function that throws a ModelFormatError about the named file. */
export function failWith(file: string): Fail {
  return (what) => {
    throw new ModelFormatError(`${file} is not a valid safetensors file: ${what}.`, { file });
  };
}

/** Length of the header, little-endian in the file's first 8 bytes. @throws ModelFormatError if none fits the file */
export function readHeaderLength(start: Uint8Array, fileBytes: number, file: string): number {
  const fail = failWith(file);
  if (start.length < 8) return fail(`it has ${fileBytes} bytes, and the length of the header alone takes 8`);
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    return fail(
      `its first 8 bytes give a header of ${length} bytes, more than the format's ${maxHeaderBytes}`,
    );
  }
  if (length > fileBytes - 8) {
    return fail(`its header of ${length} bytes goes beyond the end of the file (${fileBytes} bytes)`);
  }
  return Number(length);
}

/**
 * The header, checked: types, shapes, and that the tensors fill the rest of the file without overlap or hole.
 * @param bytes the header alone, without its length @param fileBytes length of the whole file
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, file: string): SafetensorsHeader {
  const fail = failWith(file);
  const header = parseObject(bytes, fail);
  const dataStart = 8 + bytes.length;
  let metadata: Record<string, string> = {};
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = readMetadata(value, fail);
    else tensors.set(name, readEntry(name, value, dataStart, fileBytes, fail));
  }
  checkCoverage([...tensors.values()], dataStart, fileBytes, fail);
  return { metadata, tensors };
}

function parseObject(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    return fail(`its header is not JSON in UTF-8 (${String(cause)})`);
  }
  return isObject(value) ? value : fail('its header is not a JSON object');
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (!isObject(value)) return fail('__metadata__ is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return fail(`__metadata__[${quote(key)}] is not a text`);
  }
  return value as Record<string, string>;
}

function readEntry(
  name: string,
  value: unknown,
  dataStart: number,
  fileBytes: number,
  fail: Fail,
): TensorEntry {
  const tensor = `tensor ${quote(name)}`;
  if (!isObject(value)) return fail(`${tensor} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) return fail(`${tensor} has the unknown type ${quote(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`${tensor} has the shape ${quote(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`${tensor} has the data_offsets ${quote(offsets)}, not two positions`);
  }
  const [first, last] = offsets as [number, number];
  const bytes = bytesOf(shape, dtype);
  if (bytes === null)
    return fail(`${tensor}, ${dtype} ${quote(shape)}, is too large or not a whole number of bytes`);
  if (last - first !== bytes) {
    return fail(
      `${tensor}, ${dtype} ${quote(shape)}, takes ${bytes} bytes, and its offsets span ${last - first}`,
    );
  }
  if (last > fileBytes - dataStart) {
    return fail(
      `${tensor} ends at byte ${dataStart + last}, and the file has ${fileBytes}: it may not be downloaded whole`,
    );
  }
  return { name, dtype, shape, begin: dataStart + first, end: dataStart + last };
}

/** @returns bytes of a tensor, or null if they are not a safe integer. */
function bytesOf(shape: readonly number[], dtype: Dtype): number | null {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) return null;
  }
  const bits = elements * bitsOfDtype[dtype];
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : null;
}

function checkCoverage(entries: TensorEntry[], dataStart: number, fileBytes: number, fail: Fail): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = dataStart;
  for (const { name, begin, end } of entries) {
    if (begin < reached) fail(`tensor ${quote(name)} overlaps the one before it, at byte ${begin}`);
    if (begin > reached)
      fail(`the bytes ${reached} to ${begin}, before tensor ${quote(name)}, belong to no tensor`);
    reached = end;
  }
  if (reached !== fileBytes) fail(`its tensors end at byte ${reached}, and the file has ${fileBytes}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
