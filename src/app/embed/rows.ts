import { computed } from '@preact/signals';
import { countOf } from './sentences/counting.ts';
import { hasLongWord } from './sentences/sentences.ts';
import { partial, result, settings } from './state.ts';
import { statistics } from './statistics.ts';

/** Rows of the table that are drawn. */
export const shownRows = 100;

export interface Row {
  sentence: string;
  /** Undefined where it is not known yet. */
  tokens: number | undefined;
  /** Undefined while the sentence is not embedded. */
  numbers: { mean: number; deviation: number } | undefined;
  isCut: boolean;
  hasLongWord: boolean;
}

/** The rows of the table that are drawn: those under way, else the result's. */
export const rows = computed<Row[]>(() => (partial.value ? rowsUnderWay() : rowsOfResult()));

function rowsOfResult(): Row[] {
  if (!result.value) return [];
  const { sentences, embeddings } = result.value;
  const { data, shape, tokens, truncated } = embeddings;
  const cut = new Set(truncated);
  return sentences.slice(0, shownRows).map((sentence, i) => ({
    sentence,
    tokens: tokens[i]!,
    numbers: statistics(data.subarray(i * shape[1], (i + 1) * shape[1])),
    isCut: cut.has(i),
    hasLongWord: hasLongWord(sentence),
  }));
}

function rowsUnderWay(): Row[] {
  const { sentences, data, dimension, isThere } = partial.value!;
  return sentences.slice(0, shownRows).map((sentence, i) => {
    const count = countOf(sentence);
    return {
      sentence,
      tokens: count && Math.min(count.tokens, settings.value.maxLength),
      numbers: isThere[i] ? statistics(data.subarray(i * dimension, (i + 1) * dimension)) : undefined,
      isCut: (count?.cut ?? -1) >= 0,
      hasLongWord: hasLongWord(sentence),
    };
  });
}
