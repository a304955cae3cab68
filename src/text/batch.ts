import { ArgumentError } from '../errors.ts';

/** Sequences one after the other, without padding between them. Rows are tokens: T of them in B sequences. */
export interface PackedBatch {
  /** Index of its first text. */
  first: number;
  /** B, the texts in it. */
  count: number;
  /** [T] token ids. */
  tokens: Uint32Array<ArrayBuffer>;
  /** [T] 0, 1, 2 … within every sequence. */
  positions: Uint32Array<ArrayBuffer>;
  /** [B + 1] sequence b has the rows cuSeqlens[b] to cuSeqlens[b + 1] − 1. */
  cuSeqlens: Uint32Array<ArrayBuffer>;
  /** [B] rows of each sequence that attention may look at: all of them, or those that are not padding. */
  keyLens: Uint32Array<ArrayBuffer>;
  /** Most rows of one sequence. */
  longest: number;
}

export interface BatchOptions {
  /** Rows a batch may have. A text that has more is a batch of its own. */
  maxTokens: number;
  /** Rows that every sequence gets, for models that read padding; at least the longest text's tokens. */
  padTo?: number;
  /** Token of the added rows. */
  padId?: number;
}

/**
 * Packs texts into batches, in order, bounded by rows and not by texts.
 * @param encoded token ids of each text, at least one a text
 * @throws ArgumentError if a text has no tokens or more than padTo, or an option is not a positive integer
 */
export function planBatches(
  encoded: readonly { readonly ids: readonly number[] }[],
  options: BatchOptions,
): PackedBatch[] {
  const { maxTokens, padTo, padId = 0 } = options;
  checkCount('maxTokens', maxTokens);
  if (padTo !== undefined) checkCount('padTo', padTo);
  const rows = encoded.map(({ ids }, i) => rowsOf(ids.length, i, padTo));

  const batches: PackedBatch[] = [];
  for (let first = 0; first < rows.length; ) {
    let end = first + 1;
    let total = rows[first]!;
    while (end < rows.length && total + rows[end]! <= maxTokens) total += rows[end++]!;
    batches.push(pack(encoded, rows, first, end, total, padId));
    first = end;
  }
  return batches;
}

function pack(
  encoded: readonly { readonly ids: readonly number[] }[],
  rows: readonly number[],
  first: number,
  end: number,
  total: number,
  padId: number,
): PackedBatch {
  const count = end - first;
  const tokens = new Uint32Array(total).fill(padId);
  const positions = new Uint32Array(total);
  const cuSeqlens = new Uint32Array(count + 1);
  const keyLens = new Uint32Array(count);
  let longest = 0;
  for (let b = 0; b < count; b++) {
    const { ids } = encoded[first + b]!;
    const length = rows[first + b]!;
    const start = cuSeqlens[b]!;
    tokens.set(ids, start);
    for (let row = 0; row < length; row++) positions[start + row] = row;
    cuSeqlens[b + 1] = start + length;
    keyLens[b] = ids.length;
    longest = Math.max(longest, length);
  }
  return { first, count, tokens, positions, cuSeqlens, keyLens, longest };
}

function rowsOf(length: number, index: number, padTo: number | undefined): number {
  if (length === 0) {
    throw new ArgumentError(
      `planBatches(): text ${index} has no tokens. A text has at least [CLS] and [SEP].`,
      {
        argument: 'encoded',
      },
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
