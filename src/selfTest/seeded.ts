/**
 * Seeded tensors that TypeScript and Python generate bit for bit alike, so that no inputs are shipped. The other half
 * is scripts/fixtures/seeded.py; test/support/seeded.test.ts compares the two.
 */

import { finalize } from '../values/finalize.ts';

/** FNV-1a of the name's UTF-8 bytes. */
function nameSeed(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return h;
}

/**
 * Values offset + scale · u, u uniform in [-1, 1) in steps of 2^-23; computed in float64, rounded to float32 once.
 * @param name the seed: another name gives other values @param shape row-major
 */
export function seededTensor(
  name: string,
  shape: readonly number[],
  scale: number,
  offset = 0,
): Float32Array<ArrayBuffer> {
  const seed = nameSeed(name);
  const step = scale * 2 ** -23;
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  for (let i = 0; i < values.length; i++) {
    // Hashed twice: the tensors of two names are not windows of one sequence.
    const steps = (finalize((finalize(i) + seed) | 0) >>> 8) - 2 ** 23;
    values[i] = offset + steps * step;
  }
  return values;
}
