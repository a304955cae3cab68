import { ArgumentError } from '../errors.ts';

/** B sequences, one after the other, without padding between them. A row is a token; T rows in all. */
export interface PackedBatch {
  /** Index of the first text. */
  first: number;
  /** B, the number of texts. */
  count: number;
  /** [T] token ids. */
  tokens: Uint32Array<ArrayBuffer>;
  /** [T] position of each token in its sequence, from 0. */
  positions: Uint32Array<ArrayBuffer>;
  /** [B + 1] first row of each sequence; the last entry is T. */
  cuSeqlens: Uint32Array<ArrayBuffer>;
  /** [B] rows of each sequence that attention reads: those that are not padding. */
  keyLens: Uint32Array<ArrayBuffer>;
}

type Encoded = readonly { readonly ids: readonly number[] }[];

/**
 * Packs texts into batches, in their order. A batch has at most `maxTokens` rows; a text of more is one by itself.
 * @param options `padTo`: rows that every sequence is padded to with the token `padId`; no padding if left out
 * @throws ArgumentError if a text has no tokens or more than padTo, or an option is not a positive integer
 */
export function planBatches(
  encoded: Encoded,
  { maxTokens, padTo, padId = 0 }: { maxTokens: number; padTo?: number; padId?: number },
): PackedBatch[] {
  checkCount('maxTokens', maxTokens);
  if (padTo !== undefined) checkCount('padTo', padTo);
  const rows = encoded.map(({ ids }, i) => rowsOf(ids.length, i, padTo));

  const batches: PackedBatch[] = [];
  for (let first = 0; first < rows.length; ) {
    let end = first + 1;
    let total = rows[first]!;
    while (end < rows.length && total + rows[end]! <= maxTokens) total += rows[end++]!;
    const texts = encoded.slice(first, end);
    batches.push({ first, ...pack(texts, rows.slice(first, end), total, padId) });
    first = end;
  }
  return batches;
}

function pack(texts: Encoded, rows: readonly number[], total: number, padId: number) {
  const tokens = new Uint32Array(total).fill(padId);
  const positions = new Uint32Array(total);
  const cuSeqlens = new Uint32Array(texts.length + 1);
  for (const [b, { ids }] of texts.entries()) {
    const start = cuSeqlens[b]!;
    tokens.set(ids, start);
    for (let row = 0; row < rows[b]!; row++) positions[start + row] = row;
    cuSeqlens[b + 1] = start + rows[b]!;
  }
  const keyLens = Uint32Array.from(texts, ({ ids }) => ids.length);
  return { count: texts.length, tokens, positions, cuSeqlens, keyLens };
}

function rowsOf(length: number, index: number, padTo: number | undefined): number {
  if (length === 0) {
    throw new ArgumentError(
      `planBatches(): text ${index} has no tokens. A text has at least [CLS] and [SEP].`,
      { argument: 'encoded' },
    );
  }
  if (padTo === undefined) return length;
  if (length > padTo) {
    throw new ArgumentError(
      `planBatches(): text ${index} has ${length} tokens, more than padTo = ${padTo}. Cut the text or raise padTo.`,
      { argument: 'padTo' },
    );
  }
  return padTo;
}

function checkCount(argument: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new ArgumentError(`planBatches(): ${argument} is ${String(value)}. Give a positive integer.`, {
    argument,
  });
}
