import { ModelFormatError } from '../../errors.ts';
import { foreignKind } from '../source/notAModelFile.ts';
import { bitsOfDtype, isFloatDtype, toFloat32 } from './dtype.ts';
import {
  failWith,
  parseHeader,
  readHeaderLength,
  type SafetensorsHeader,
  type TensorEntry,
} from './header.ts';

export type { TensorEntry } from './header.ts';

/** A checked file. Its tensors are read one at a time; the file itself is never copied. */
export interface SafetensorsFile extends SafetensorsHeader {
  /**
   * A tensor's numbers from `from` to before `to` as 32-bit floats, in memory of their own. F16 and BF16 are exact.
   * @throws ModelFormatError if there is no such tensor, or it is of another type
   */
  read(name: string, from?: number, to?: number): Promise<Float32Array<ArrayBuffer>>;
  /** One tensor as it is in the file, or its bytes from `from` to `to`. @throws ModelFormatError if it is missing */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens a safetensors file: its header is checked whole before a byte of data is used. @param name for messages */
export async function openSafetensors(
  file: Blob | Uint8Array,
  name = 'model.safetensors',
): Promise<SafetensorsFile> {
  const size = file instanceof Uint8Array ? file.length : file.size;
  const read = reader(file, name);
  const start = new Uint8Array(await read(0, Math.min(64, size)));
  const instead = foreignKind(start);
  if (instead) failWith(name)(`it is ${instead}`);
  const headerLength = readHeaderLength(start.subarray(0, 8), size, name);
  const header = parseHeader(new Uint8Array(await read(8, 8 + headerLength)), size, name);
  const entryOf = (tensor: string): TensorEntry => {
    const entry = header.tensors.get(tensor);
    if (entry) return entry;
    throw new ModelFormatError(`${name} has no tensor ${tensor}.`, { file: name, tensor });
  };
  return {
    ...header,
    async read(tensor, from = 0, to = Number.POSITIVE_INFINITY) {
      const entry = entryOf(tensor);
      if (!isFloatDtype(entry.dtype)) {
        throw new ModelFormatError(
          `${name}: tensor ${tensor} is ${entry.dtype}, which is not read as floats. F32, F16 and BF16 are.`,
          { file: name, tensor, dtype: entry.dtype },
        );
      }
      const { begin, end, dtype } = entry;
      const size = bitsOfDtype[dtype] / 8;
      return toFloat32(await read(begin + size * from, Math.min(end, begin + size * to)), dtype);
    },
    async bytes(tensor, from = 0, to = Number.POSITIVE_INFINITY) {
      const { begin, end } = entryOf(tensor);
      return new Uint8Array(await read(begin + from, Math.min(end, begin + to)));
    },
  };
}

/** @returns what reads the bytes from begin to end into an ArrayBuffer of their own, so aligned for any type */
function reader(file: Blob | Uint8Array, name: string): (begin: number, end: number) => Promise<ArrayBuffer> {
  if (file instanceof Uint8Array)
    return async (begin, end) => new Uint8Array(file.subarray(begin, end)).buffer;
  const fail = failWith(name);
  return async (begin, end) => {
    // A Blob that stands for a file on a disk cannot be read once that file has changed.
    const bytes = await file
      .slice(begin, end)
      .arrayBuffer()
      .catch((cause) => fail(`its bytes ${begin} to ${end} could not be read (${String(cause)})`));
    return bytes.byteLength === end - begin ? bytes : fail(`it ends before byte ${end}`);
  };
}
