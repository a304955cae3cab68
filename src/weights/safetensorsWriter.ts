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

/**
 * Lays out a safetensors file as the format's own library does: wide types first, so that every tensor is aligned, the
 * header as compact JSON filled up with spaces to whole 8 bytes. Otherwise tensors lie in the order given.
 * @see https://github.com/huggingface/safetensors#format
 */
export function draftSafetensors(
  tensors: readonly TensorPlan[],
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): SafetensorsDraft {
  const ordered = [...tensors].sort((a, b) => bitsOfDtype[b.dtype] - bitsOfDtype[a.dtype]);
  const places = new Map<string, { dtype: Dtype; begin: number; bytes: number }>();
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const { name, dtype, shape } of ordered) {
    const bytes = (shape.reduce((a, b) => a * b, 1) * bitsOfDtype[dtype]) / 8;
    places.set(name, { dtype, begin: end, bytes });
    entries.push([name, { dtype, shape, data_offsets: [end, end + bytes] }]);
    end += bytes;
  }
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8 + header.length, 8 + headerBytes);
  file.set(header, 8);
  return {
    file,
    write(name, values) {
      const place = places.get(name);
      const bytes = values instanceof Uint8Array ? values : floatBytes(values, place?.dtype);
      if (!place || bytes.length !== place.bytes) {
        throw new RangeError(`${name}: ${bytes.length} bytes, ${place?.bytes ?? 'none'} planned.`);
      }
      file.set(bytes, 8 + headerBytes + place.begin);
      return bytes.length;
    },
  };
}

function floatBytes(values: Float32Array<ArrayBuffer>, dtype: Dtype | undefined): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = dtype === 'F16' ? toFloat16(values) : values;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
