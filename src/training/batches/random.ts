import { finalize } from '../../values/finalize.ts';

/**
 * Random 32-bit words by their number: word i of a stream is a hash of the key and i. Nothing is stored between
 * calls, and every machine draws the same words. Good enough for shuffling; not for secrets.
 * @param key the seed, then numbers that tell streams of one seed apart; 32-bit words
 */
export function randomWords(...key: readonly number[]): (i: number) => number {
  const stream = key.reduce((state, word) => mix(state ^ mix(word + GOLDEN)), 0);
  return (i) => mix(mix(i + GOLDEN) ^ stream);
}

/** Shuffles in place, every order equally likely (Fisher–Yates). */
export function shuffle<T extends number[] | Uint32Array>(values: T, word: (i: number) => number): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor((word(i) / 2 ** 32) * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

/** Keeps 0 from being hashed to 0. */
const GOLDEN = 0x9e3779b9;

function mix(word: number): number {
  return finalize(word) >>> 0;
}
