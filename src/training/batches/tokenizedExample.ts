import type { ResolvedExample } from '../options/examples.ts';

export interface TokenizedExample extends ResolvedExample {
  /** Token ids of its texts, by the loss's names for them. */
  ids: Readonly<Record<string, readonly number[]>>;
}

/** A text of some examples as rows of a batch's embeddings. */
interface Column {
  name: string;
  first: number;
  count: number;
}

/** The texts of a batch one after the other: the first of all examples that have it, then the second … */
export function sequencesOf(
  examples: readonly TokenizedExample[],
  texts: readonly string[],
): { ids: readonly number[] }[] {
  return texts.flatMap((name) => examples.flatMap(({ ids }) => (ids[name] ? [{ ids: ids[name] }] : [])));
}

/** Where each text lies in {@link sequencesOf}. */
export function columnsOf(examples: readonly TokenizedExample[], texts: readonly string[]): Column[] {
  let first = 0;
  return texts.map((name) => {
    const count = examples.filter(({ ids }) => ids[name]).length;
    const column = { name, first, count };
    first += count;
    return column;
  });
}

export function tokensOf(examples: readonly TokenizedExample[]): number {
  return examples.reduce(
    (sum, { ids }) => Object.values(ids).reduce((total, { length }) => total + length, sum),
    0,
  );
}

/**
 * Token ids that occur, ascending. The rows of the word embeddings beyond them have a zero gradient for the whole
 * run: they need no gradient and no moments.
 */
export function usedTokens(examples: readonly TokenizedExample[]): Uint32Array<ArrayBuffer> {
  const used = new Set(examples.flatMap(({ ids }) => Object.values(ids).flat()));
  return Uint32Array.from(used).sort();
}
