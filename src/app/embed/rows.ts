import { computed } from '@preact/signals';
import { countOf } from './sentences/counting.ts';
import { hasLongWord } from './sentences/sentences.ts';
import { encoding, result, settings } from './state.ts';
import { statistics } from './statistics.ts';

/** Rows of the table that are drawn. */
export const shownRows = 100;

export interface Row {
  sentence: string;
  /** Undefined while it is not known. */
  tokens: number | undefined;
  /** Undefined while the sentence is not embedded. */
  numbers: { mean: number; deviation: number } | undefined;
  isCut: boolean;
  hasLongWord: boolean;
}

/** The rows of the table that are drawn: those of the embedding under way, else those of the result. */
export const rows = computed(() => (encoding.value ? rowsUnderWay() : rowsOfResult()));

function rowsOfResult(): Row[] {
  if (!result.value) return [];
  const { sentences, embeddings } = result.value;
  const { data, shape, tokens, truncated } = embeddings;
  return sentences.slice(0, shownRows).map((sentence, i) => ({
    sentence,
    tokens: tokens[i]!,
    numbers: statistics(data.subarray(i * shape[1], (i + 1) * shape[1])),
    isCut: truncated.includes(i),
    hasLongWord: hasLongWord(sentence),
  }));
}

function rowsUnderWay(): Row[] {
  const { sentences, data, dimension, isThere } = encoding.value!;
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
