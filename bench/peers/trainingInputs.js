import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLS, randomNumbers, SEP } from './inputs.js';

/**
 * @typedef {{ name: string, classes: number, weight: Float32Array, bias: Float32Array }} Head  a linear classifier on the
 *   [CLS] token; weight [classes, hidden]
 * @typedef {{ texts: string[], ids: number[][], labels: Record<string, number[]> }} TrainingBatch  ids [sentences][tokens]
 */

/** As PyTorch's Adam, without decay. */
export const optimizer = { learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Words that the texts are drawn from: a text set of this size knows about that many. */
const DIFFERENT_WORDS = 200;

/**
 * Two heads, the same for every library: uniform in ±1/√hidden, as PyTorch's Linear starts.
 * @param {number} hidden @returns {Head[]}
 */
export function trainingHeads(hidden) {
  const random = randomNumbers(7);
  const uniform = (/** @type {number} */ count) =>
    Float32Array.from({ length: count }, () => (2 * random() - 1) / Math.sqrt(hidden));
  return [
    { name: 'topic', classes: 3 },
    { name: 'sentiment', classes: 2 },
  ].map(({ name, classes }) => ({
    name,
    classes,
    weight: uniform(classes * hidden),
    bias: uniform(classes),
  }));
}

/**
 * Different texts of exactly that many tokens, and their labels in turn. They are made of words that are one token each,
 * so that a library that takes texts and one that takes ids train on the same.
 * @param {string} folder the model's @param {import('./inputs.js').Shape} shape @returns {TrainingBatch}
 */
export function trainingBatch(folder, { sentences, tokens }) {
  const vocabulary = readFileSync(join(folder, 'vocab.txt'), 'utf8').split('\n');
  const words = vocabulary.flatMap((word, id) => (/^[a-z]{3,}$/.test(word) ? [{ word, id }] : []));
  const random = randomNumbers(11);
  const draw = (/** @type {{ word: string, id: number }[]} */ from) =>
    from[Math.floor(random() * from.length)];
  const known = Array.from({ length: DIFFERENT_WORDS }, () => draw(words));
  const rows = Array.from({ length: sentences }, () => Array.from({ length: tokens - 2 }, () => draw(known)));
  return {
    texts: rows.map((row) => row.map(({ word }) => word).join(' ')),
    ids: rows.map((row) => [CLS, ...row.map(({ id }) => id), SEP]),
    labels: { topic: rows.map((_, i) => i % 3), sentiment: rows.map((_, i) => i % 2) },
  };
}
