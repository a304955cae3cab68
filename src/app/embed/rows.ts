import { computed } from '@preact/signals';
import { countOf } from './sentences/counting.ts';
import { hasLongWord } from './sentences/sentences.ts';
import { encoding, result, settings } from './state.ts';
import { statistics } from './statistics.ts';

/** Rows of the table that are drawn. */
export const shownRows = 100;

/** The rows of the embedding under way, else of the result. Tokens and numbers not known yet are undefined. */
export const rows = computed(() => {
  const now = encoding.value;
  const of = now ?? result.value;
  if (!of) return [];
  const { data, tokens, truncated } = 'embeddings' in of ? of.embeddings : { data: of.data };
  const dimension = data.length / of.sentences.length;
  return of.sentences.slice(0, shownRows).map((sentence, i) => {
    const count = now && countOf(sentence);
    const isThere = !now || now.isThere[i];
    return {
      sentence,
      tokens: tokens ? tokens[i] : count && Math.min(count.tokens, settings.value.maxLength),
      numbers: isThere ? statistics(data.subarray(i * dimension, (i + 1) * dimension)) : undefined,
      isCut: truncated ? truncated.includes(i) : (count?.cut ?? -1) >= 0,
      hasLongWord: hasLongWord(sentence),
    };
  });
});
