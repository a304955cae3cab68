import { sizeOf } from '../tensor/shape.ts';
import { finalize } from '../values/finalize.ts';

/** A result as src/selfTest/expected.json holds it. */
export interface StoredResult {
  shape: number[];
  /** Rows whose numbers are stored; where it is left out, all are. */
  rows?: number[];
  /** Base64 of float32, little-endian: all numbers, or the kept rows and then a sum with signs of every row. */
  numbers: string;
}

/** Numbers of a row where the result is a list. */
const LIST_WIDTH = 64;

/**
 * The largest difference between a result and the stored one, in units of the stored one's largest number: 6e-7 means
 * that the worst number is off by 6e-7 of the largest. The sum of a row, with signs and divided by √width, is as far
 * off as its numbers are; so every number counts, though not all are stored. Infinity where a number is none.
 */
export function differenceFrom(stored: StoredResult, values: Float32Array): number {
  const expected = decode(stored.numbers);
  const actual = sketch(values, stored);
  let largest = 0;
  let apart = 0;
  for (const [i, number] of expected.entries()) {
    const distance = Math.abs(actual[i]! - number);
    if (!Number.isFinite(distance)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(number));
    apart = Math.max(apart, distance);
  }
  return apart / (largest || 1);
}

/** The numbers that would be stored of these values. */
function sketch(values: Float32Array, { shape, rows }: StoredResult): ArrayLike<number> {
  if (!rows) return values;
  const width = shape.length === 1 ? LIST_WIDTH : shape.at(-1)!;
  const height = Math.ceil(sizeOf(shape) / width);
  const numbers: number[] = [];
  for (const row of rows) {
    for (let i = row * width; i < (row + 1) * width; i += 1) numbers.push(values[i] ?? 0);
  }
  for (let row = 0; row < height; row += 1) {
    let sum = 0;
    for (let i = 0; i < width; i += 1) {
      const value = values[row * width + i] ?? 0;
      sum += (finalize(i + 1) & 1) === 1 ? -value : value;
    }
    numbers.push(sum / Math.sqrt(width));
  }
  return numbers;
}

/** Float32 numbers in base64, little-endian. */
export function decode(base64: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
