import { computed, signal } from '@preact/signals';
import { similarity } from '../../similarity.ts';
import type { Embeddings, Pooling } from '../../types.ts';
import { model } from '../model/state.ts';
import { hasLongWord } from './sentences.ts';
import { statistics } from './statistics.ts';

/** All that the embed view knows. Components draw it, `actions.ts` changes it. */

/** Rows of the table that are drawn, and sentences that the heatmap compares. */
export const shownRows = 200;
export const shownPairs = 64;

export const examples = [
  'This is a test sentence.',
  'Sentence transformers are great!',
  'This task is interesting.',
];

/** The reader's choices; undefined where the model's own hold. */
export const chosenPooling = signal<Pooling | undefined>(undefined);
export const chosenNormalize = signal<boolean | undefined>(undefined);
export const chosenMaxLength = signal<number | undefined>(undefined);
export const settings = computed(() => ({
  pooling: chosenPooling.value ?? model.value?.pooling ?? 'mean',
  normalize: chosenNormalize.value ?? model.value?.normalize ?? true,
  maxLength: chosenMaxLength.value ?? model.value?.maxLength ?? 256,
}));

/** An embedding under way: sentences done of all. */
export const encoding = signal<{ done: number; total: number } | undefined>(undefined);

/** A text that waits for the model. */
export const waiting = signal<string | undefined>(undefined);

/** One line about what happened last. */
export const notice = signal<{ text: string; isError: boolean } | undefined>(undefined);

export interface Result {
  model: string;
  /** Training steps that the model had taken. */
  steps: number;
  sentences: string[];
  embeddings: Embeddings;
  pooling: Pooling;
  normalize: boolean;
  milliseconds: number;
}
export const result = signal<Result | undefined>(undefined);

export interface Row {
  sentence: string;
  tokens: number;
  mean: number;
  deviation: number;
  isCut: boolean;
  hasLongWord: boolean;
}

/** The rows of the table that are drawn. */
export const rows = computed<Row[]>(() => {
  if (!result.value) return [];
  const { sentences, embeddings } = result.value;
  const cut = new Set(embeddings.truncated);
  return sentences.slice(0, shownRows).map((sentence, i) => ({
    sentence,
    tokens: embeddings.tokens[i]!,
    ...statistics(rowsOf(embeddings, i, i + 1)),
    isCut: cut.has(i),
    hasLongWord: hasLongWord(sentence),
  }));
});

/** Cosines of the first sentences with each other, row-major, n × n. */
export const matrix = computed(() => {
  if (!result.value) return undefined;
  const { embeddings } = result.value;
  const n = Math.min(embeddings.shape[0], shownPairs);
  const first: Pick<Embeddings, 'data' | 'shape'> = {
    data: rowsOf(embeddings, 0, n),
    shape: [n, embeddings.shape[1]],
  };
  return { n, values: similarity(first, first).data };
});

/** Embeddings `from` to `to`, as a view. */
function rowsOf({ data, shape: [, dimension] }: Embeddings, from: number, to: number) {
  return data.subarray(from * dimension, to * dimension);
}
