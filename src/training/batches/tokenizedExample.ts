import type { ResolvedExample } from '../options/examples.ts';

export interface TokenizedExample extends ResolvedExample {
  /** Token ids of its texts, by the loss's names for them. */
  ids: Readonly<Record<string, readonly number[]>>;
}

/** The texts of a batch one after the other: the first of all examples that have it, then the second … */
export function sequencesOf(
  examples: readonly TokenizedExample[],
  texts: readonly string[],
): { ids: readonly number[] }[] {
  return texts.flatMap((name) => examples.flatMap(({ ids }) => (ids[name] ? [{ ids: ids[name] }] : [])));
}

export function tokensOf(examples: readonly TokenizedExample[]): number {
  const texts = examples.flatMap(({ ids }) => Object.values(ids));
  return texts.reduce((sum, { length }) => sum + length, 0);
}

/** Token ids that occur, ascending. All other rows of the word table have a zero gradient for the whole run. */
export function usedTokens(examples: readonly TokenizedExample[]): Uint32Array<ArrayBuffer> {
  const used = new Set(examples.flatMap(({ ids }) => Object.values(ids).flat()));
  return Uint32Array.from(used).sort();
}
