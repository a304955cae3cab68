/** Runs that a tab and Python both make. Some examples have a label for one head only, one has none. */

/** @type {Record<string, import('../../src/index.ts').HeadOptions>} */
export const heads = {
  topic: { labels: ['sport', 'money', 'art\'s "own"'], seed: 42 },
  'tone: good/bad?': { labels: ['good', 'bad'], pooling: 'mean', seed: 43 },
};

/** @type {[text: string, topic: number | undefined, tone: number | undefined][]} */
const rows = [
  ['The match ended in a draw.', 0, 1],
  ['She won the final in straight sets.', 0, 0],
  ['The central bank raised its rate.', 1, 1],
  ['Shares rose to a record.', 1, 0],
  ['A lovely evening at the opera.', 2, 0],
  ['The exhibition was a bore.', 2, 1],
  ['A "friendly", they said,\nand it rained.', 0, undefined],
  ['Ein Tor in der letzten Minute!', 0, 0],
  ['Inflation eats the savings of everybody.', 1, 1],
  ['The bond market was calm.', 1, undefined],
  ['Nothing of this belongs to anything.', undefined, undefined],
  ['What a wonderful novel.', undefined, 0],
  ['The choir sang out of tune for two long hours, and the audience left one by one.', 2, 1],
  ['A painting of a harbour.', 2, undefined],
  ['He missed two penalties.', 0, 1],
  ['The coach was sacked.', 0, 1],
  ['Profits doubled in spring.', 1, 0],
  ['A dull sequel.', undefined, 1],
  ['The sculpture glows at dusk.', 2, 0],
  ['The tax was cut.', 1, 0],
  ['They lost again.', 0, 1],
  ['An honest, funny play.', 2, 0],
  ['The goalkeeper is a hero.', 0, 0],
  ['Rents are too high.', 1, 1],
];
const topics = heads.topic?.labels;
export const examples = rows.map(([text, topic, tone]) => ({
  text,
  labels: { topic: topic === undefined ? undefined : topics?.[topic], 'tone: good/bad?': tone },
}));

/** What Python or CSV could take for something else. */
export const odd = [
  "'''); import os; os.abort() #",
  '"""\\',
  "\\'''\n\r\n",
  '"a","b"\r\n1,2',
  '\u202e<b>&amp;</b> {RUN} $& %s',
  ' blanks ',
  '\ufefftext',
  '__proto__',
  'held_out',
  '漢字 😀 \u{e0041}\u2028',
  '=1+1',
];

const evaluation = { fraction: 0.2 };

/**
 * `from`: the case whose saved model it goes on from; the base model where left out. `prompt`: the base model's
 * default prompt.
 * @type {{ name: string, from?: string, prompt?: string, options:
 * Partial<import('../../src/index.ts').TrainerOptions> }[]}
 */
export const cases = [
  { name: 'full', options: { scenario: 'full', epochs: 2, batchSize: 4, evaluation } },
  { name: 'layer-wise', options: { scenario: 'layer-wise', epochs: 2, batchSize: 4, evaluation } },
  { name: 'heads-only', options: { scenario: 'heads-only', epochs: 2, batchSize: 4, evaluation, seed: 5 } },
  {
    name: 'everything',
    options: {
      scenario: 'layer-wise',
      optimizer: 'adam',
      betas: [0.85, 0.99],
      eps: 1e-7,
      weightDecay: 0.02,
      noDecay: ['*.bias', '*LayerNorm.weight'],
      frozen: ['encoder.layer.{0,1}.*'],
      clipNorm: 1,
      schedule: { kind: 'cosine', warmupSteps: 3 },
      taskWeights: { topic: 2, 'tone: good/bad?': 0.5 },
      accumulate: 2,
      epochs: 5,
      batchSize: 3,
      seed: 7,
      evaluation: { fraction: 0.25, everySteps: 2 },
    },
  },
  { name: 'one-task', options: { taskWeights: { 'tone: good/bad?': 0 }, batchSize: 4, evaluation } },
  {
    name: 'prompt',
    prompt: 'What is this about? ',
    options: { scenario: 'full', epochs: 2, batchSize: 4, evaluation },
  },
  // Updates that change nothing.
  { name: 'one-head', options: { scenario: 'one-head', epochs: 1, batchSize: 1, evaluation, seed: 9 } },
  // Updates in which a head has no label, and processes that have no row.
  { name: 'one-by-one', options: { scenario: 'layer-wise', epochs: 1, batchSize: 1, evaluation, seed: 3 } },
  {
    name: 'onwards',
    from: 'layer-wise',
    options: {
      scenario: 'top-layers',
      epochs: 2,
      batchSize: 4,
      clipNorm: 2,
      seed: 11,
      schedule: { kind: 'linear' },
    },
  },
];
