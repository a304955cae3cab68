/**
 * What the notebook printed, for the model it used. Its losses began with random heads and ran with dropout: they show
 * how such a run goes, not which digits it has.
 */
export const printed = {
  model: 'bert-base-nli-mean-tokens',
  shape: [3, 768],
  means: [-0.016957, -0.019058, -0.019545],
  deviations: [0.590369, 0.610002, 0.620025],
  layerWiseLosses: [1.186, 0.599, 0.269],
} as const;

/** The sentences of task 1. */
export const sentences = [
  'This is a test sentence.',
  'Sentence transformers are great!',
  'This task is interesting.',
];

/** The heads of tasks 2 to 4. */
export const heads = { topic: ['sport', 'tech', 'food'], sentiment: ['negative', 'positive'] } as const;

/** What they learn. */
export const examples = [
  { text: 'The team won the final.', labels: { topic: 'sport', sentiment: 'positive' } },
  { text: 'Our striker is injured again.', labels: { topic: 'sport', sentiment: 'negative' } },
  { text: 'The new phone is wonderfully fast.', labels: { topic: 'tech', sentiment: 'positive' } },
  { text: 'My laptop crashed twice today.', labels: { topic: 'tech', sentiment: 'negative' } },
  { text: 'The soup tastes delicious.', labels: { topic: 'food', sentiment: 'positive' } },
  { text: 'The bread was stale.', labels: { topic: 'food', sentiment: 'negative' } },
];
