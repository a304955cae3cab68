import { readFileSync } from 'node:fs';

/** @typedef {{ text: string, ids: number[], embedding: number[] }} ReferenceSentence */

/** @type {{ sentences: ReferenceSentence[] }} */
const { sentences } = JSON.parse(readFileSync(new URL('./reference.json', import.meta.url), 'utf8'));

export const CLS = 101;
export const SEP = 102;
const FIRST_WORD = 1996; // ids below are brackets, unused slots, punctuation and single letters
const VOCABULARY = 30522;

/** @typedef {{ sentences: number, tokens: number }} Shape */

/** @param {string} text such as '8x32': 8 sentences of 32 tokens @returns {Shape} */
export function parseShape(text) {
  const [, count, length] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (!(Number(count) > 0 && Number(length) > 2)) {
    throw new Error(
      `"${text}" is not a shape. Write sentences x tokens with at least 3 tokens, such as 8x32.`,
    );
  }
  return { sentences: Number(count), tokens: Number(length) };
}

/** @param {number} seed @returns {() => number} from 0, below 1: Numerical Recipes' linear congruential generator */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A batch that is the same on each call and for each library. Its first and last row are the reference sentence of
 * that length (where there is one), the rest are pseudo-random words between [CLS] and [SEP].
 * @param {Shape} shape @returns {number[][]} ids [sentences][tokens]
 */
export function batch({ sentences: count, tokens }) {
  const known = sentences.find(({ ids }) => ids.length === tokens);
  const random = randomNumbers(12345);
  const word = () => FIRST_WORD + Math.floor(random() * (VOCABULARY - FIRST_WORD));
  return Array.from({ length: count }, (_, row) => {
    const words = Array.from({ length: tokens - 2 }, word);
    return known && (row === 0 || row === count - 1) ? known.ids : [CLS, ...words, SEP];
  });
}

/** @param {number} tokens @returns {string} the reference sentence of that length @throws where there is none */
export function sentenceOf(tokens) {
  const known = sentences.find(({ ids }) => ids.length === tokens);
  if (known) return known.text;
  const lengths = sentences.map(({ ids }) => ids.length).join(', ');
  throw new Error(`No reference sentence has ${tokens} tokens; there are some of ${lengths}.`);
}

/**
 * Largest absolute difference between two lists of numbers of the same length; NaN where one holds a NaN.
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b
 */
export function maxDifference(a, b) {
  if (a.length !== b.length) throw new Error(`Cannot compare ${a.length} numbers with ${b.length}.`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (Number.isNaN(difference)) return difference;
    worst = Math.max(worst, difference);
  }
  return worst;
}

/**
 * How far the first and the last row of a result are from sentence-transformers'.
 * @param {Shape} shape @param {Float32Array} embeddings [sentences × hidden]
 * @returns {number | null} max |Δ|, null where no reference sentence has that length
 */
export function referenceDifference({ sentences: count, tokens }, embeddings) {
  const known = sentences.find(({ ids }) => ids.length === tokens);
  if (!known) return null;
  const width = known.embedding.length;
  const first = maxDifference(embeddings.subarray(0, width), known.embedding);
  const last = maxDifference(embeddings.subarray((count - 1) * width), known.embedding);
  return Math.max(first, last);
}
