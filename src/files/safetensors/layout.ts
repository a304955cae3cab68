import { bitsOfDtype, type Dtype, toFloat16 } from './dtype.ts';

/** A tensor of a file that is to be written. */
export interface TensorPlan {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** The header of a file, and where each tensor goes. */
export interface SafetensorsLayout {
  /** The length of the JSON, the JSON, and blanks. */
  header: Uint8Array<ArrayBuffer>;
  /** The tensors in the file's order; `begin` counts from the header's end. */
  places: Map<string, { dtype: Dtype; begin: number; bytes: number }>;
  /** Bytes of all tensors. */
  bytes: number;
}

/**
 * Lays out a safetensors file as the format's own library does: wide types first, so that every tensor is aligned,
 * the header as compact JSON filled up with spaces to whole 8 bytes. Otherwise tensors lie in the order given.
 * @see https://github.com/huggingface/safetensors#format
 */
export function layOutSafetensors(
  tensors: readonly TensorPlan[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): SafetensorsLayout {
  const ordered = [...tensors].sort((a, b) => bitsOfDtype[b.dtype] - bitsOfDtype[a.dtype]);
  const places: SafetensorsLayout['places'] = new Map();
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const { name, dtype, shape } of ordered) {
    const bytes = (shape.reduce((a, b) => a * b, 1) * bitsOfDtype[dtype]) / 8;
    places.set(name, { dtype, begin: end, bytes });
    entries.push([name, { dtype, shape, data_offsets: [end, end + bytes] }]);
    end += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const jsonBytes = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + jsonBytes).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(jsonBytes), true);
  header.set(json, 8);
  return { header, places, bytes: end };
}

/** Converts numbers to bytes of a type: F16, rounded to nearest even, or F32. */
export function floatBytes(values: Float32Array<ArrayBuffer>, dtype: Dtype): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = dtype === 'F16' ? toFloat16(values) : values;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
