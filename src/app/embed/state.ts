import { computed, signal } from '@preact/signals';
import type { Embeddings, EncoderModel, Pooling } from '../../types.ts';
import { similarity } from '../../worker/client.ts';
import { inAddress, numberIn, oneOf } from '../address.ts';
import { model, tunedSteps } from '../model/state.ts';
import type { Notice } from '../notice.ts';

/** Sentences that the heatmap compares. */
export const shownPairs = 64;

export const examples = [
  'This is a test sentence.',
  'Sentence transformers are great!',
  'This task is interesting.',
  'The cat sleeps on the warm windowsill.',
  'A kitten naps in the sun.',
  'Quarterly revenue beat expectations.',
  'Profits rose faster than analysts thought.',
  'He plays the violin every evening.',
];

/** The reader's choices; undefined where the model's own settings hold. */
export const chosenPooling = signal<Pooling | undefined>(undefined);
export const chosenNormalize = signal<boolean | undefined>(undefined);
export const chosenMaxLength = signal<number | undefined>(undefined);

/** The smallest maximum length, in tokens, that the reader can choose. */
const shortest = 16;

inAddress('pooling', chosenPooling, oneOf('mean', 'cls', 'max', 'mean-with-padding'));
inAddress('normalize', chosenNormalize, (text) => ({ true: true, false: false })[text]);
inAddress('max-length', chosenMaxLength, numberIn(shortest, 512, { whole: true }));

export const settings = computed(() => {
  const longest = model.value?.maxLength ?? 256;
  return {
    pooling: chosenPooling.value ?? model.value?.pooling ?? 'mean',
    normalize: chosenNormalize.value ?? model.value?.normalize ?? true,
    maxLength: Math.min(longest, chosenMaxLength.value ?? longest),
  };
});

/** The maximum lengths to choose from, with the one in force. */
export const lengths = computed(() => {
  const longest = model.value?.maxLength ?? 256;
  const offered = [shortest, 32, 64, 128, 256].filter((length) => length < longest);
  return [...new Set([...offered, longest, settings.value.maxLength])].sort((a, b) => a - b);
});

export interface Encoding {
  sentences: string[];
  done: number;
  /** Row-major, n × dimension; rows that are not there yet are 0. */
  data: Float32Array;
  isThere: Uint8Array;
}
export const encoding = signal<Encoding | undefined>(undefined);

export const waiting = signal<string | undefined>(undefined);

export const notice = signal<Notice | undefined>(undefined);

export interface Result {
  /** Its name in exported files. */
  model: string;
  encoder: EncoderModel;
  /** Training steps that the model had taken by then. */
  steps: number;
  sentences: string[];
  embeddings: Embeddings;
  pooling: Pooling;
  normalize: boolean;
  maxLength: number;
  milliseconds: number;
}
export const result = signal<Result | undefined>(undefined);

/** Whether the model has been trained since the result was made, or another one has taken its place. */
export const isStale = computed(() => {
  const done = result.value;
  return done !== undefined && (done.encoder !== model.value || done.steps !== tunedSteps.value);
});

/** Cosines of the first sentences with each other, row-major, n × n. */
export const matrix = computed(() => {
  if (!result.value) return undefined;
  const { embeddings } = result.value;
  const first = firstRows(embeddings, shownPairs);
  return { n: first.shape[0], values: similarity(first, first).data };
});

/** The first embeddings, at most `count`, as a view. */
export function firstRows({ data, shape: [n, dimension] }: Embeddings, count: number) {
  const rows = Math.min(n, count);
  return { data: data.subarray(0, rows * dimension), shape: [rows, dimension] as [number, number] };
}
