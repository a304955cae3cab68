import { bitsOfDtype, type Dtype, toFloat16 } from './dtype.ts';

/** A tensor that a file is going to have. */
export interface TensorPlan {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** A file whose header is written and whose tensors arrive one at a time. */
export interface SafetensorsDraft {
  /** The whole file; zeros where a tensor has not arrived. */
  readonly file: Uint8Array<ArrayBuffer>;
  /**
   * Puts a tensor in its place: floats become the planned type (F32 or F16, to nearest even), bytes go in as they are.
   * @returns bytes written
   * @throws RangeError unless the tensor is planned, and of this size
   */
  write(name: string, values: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): number;
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
 * Lays out a safetensors file as the format's own library does: wide types first, so that every tensor is aligned, the
 * header as compact JSON filled up with spaces to whole 8 bytes. Otherwise tensors lie in the order given.
 * @see https://github.com/huggingface/safetensors#format
 */
export function layOutSafetensors(
  tensors: readonly TensorPlan[],
  metadata: Readonly<Record<string, string>>,
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

/** A file of these tensors in memory, to be filled. */
export function draftSafetensors(
  tensors: readonly TensorPlan[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): SafetensorsDraft {
  const { header, places, bytes } = layOutSafetensors(tensors, metadata);
  const file = new Uint8Array(header.length + bytes);
  file.set(header);
  return {
    file,
    write(name, values) {
      const place = places.get(name);
      const bytes = values instanceof Uint8Array ? values : floatBytes(values, place?.dtype);
      if (!place || bytes.length !== place.bytes) {
        throw new RangeError(`${name}: ${bytes.length} bytes, ${place?.bytes ?? 'none'} planned.`);
      }
      file.set(bytes, header.length + place.begin);
      return bytes.length;
    },
  };
}

function floatBytes(values: Float32Array<ArrayBuffer>, dtype: Dtype | undefined): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = dtype === 'F16' ? toFloat16(values) : values;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
