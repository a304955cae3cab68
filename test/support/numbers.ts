import { expect } from 'vitest';

/** Uniform numbers in [-1, 1) × scale, the same for the same seed. */
export function uniform(count: number, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(count);
  let state = (seed * 0x9e3779b9) >>> 0;
  for (let i = 0; i < count; i += 1) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    numbers[i] = (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  }
  return numbers;
}

export function tensorOf(shape: readonly number[], seed: number, scale = 1) {
  return {
    data: uniform(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale,
    ),
    shape,
  };
}

/** Largest difference; NaN where either side has one. */
export function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let most = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    most = Math.max(most, difference);
  }
  return most;
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(maxDifference(actual, expected)).toBeLessThanOrEqual(tolerance);
}
