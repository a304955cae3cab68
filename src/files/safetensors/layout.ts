import { bitsOfDtype, type Dtype, toFloat16 } from './dtype.ts';

/** A tensor that a file is going to have. */
export interface TensorPlan {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** Where each tensor of a file goes, and all that comes before them. */
export interface SafetensorsLayout {
  /** Length, JSON and blanks. */
  header: Uint8Array<ArrayBuffer>;
  /** In the order that they lie in; `begin` counts from the header's end. */
  places: Map<string, { dtype: Dtype; begin: number; bytes: number }>;
  /** Of all tensors together. */
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

/** Numbers as bytes of a planned type: F16, to nearest even, or as they are. */
export function floatBytes(values: Float32Array<ArrayBuffer>, dtype: Dtype): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = dtype === 'F16' ? toFloat16(values) : values;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
