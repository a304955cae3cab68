import type { ResolvedExample } from '../options/examples.ts';

/** An example as the trainer's steps see it. */
export interface TokenizedExample extends ResolvedExample {
  ids: number[];
}

/**
 * Token ids that occur, ascending. The rows of the word embeddings beyond them have a zero gradient for the whole run:
 * they need no gradient and no moments.
 */
export function usedTokens(examples: readonly TokenizedExample[]): Uint32Array<ArrayBuffer> {
  const used = new Set(examples.flatMap(({ ids }) => ids));
  return Uint32Array.from(used).sort();
}
