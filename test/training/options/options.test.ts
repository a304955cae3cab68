import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.ts';
import type { Example } from '../../../src/training/options/examples.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { checkTrainerOptions } from '../../../src/training/options/resolvedOptions.ts';

const heads = [
  { name: 'topic', labels: ['sport', 'tech', 'food'] },
  { name: 'sentiment', labels: ['negative', 'positive'] },
];
const examples: Example[] = [
  { text: 'Good game', labels: { topic: 'sport', sentiment: 1 } },
  { text: 'Slow phone', labels: { topic: 1, sentiment: 'negative' } },
  { text: 'Soup', labels: { topic: 'food' } },
  { text: 'No label', labels: {} },
  { text: 'Match', labels: { topic: 'sport', sentiment: undefined } },
];
const check = (options: Record<string, unknown> = {}) =>
  checkTrainerOptions({ examples, ...options } as TrainerOptions, heads);

describe('checkTrainerOptions()', () => {
  it('fills in what is left out', () => {
    expect(check()).toEqual({
      training: expect.any(Array),
      evaluation: [],
      details: false,
      loss: expect.objectContaining({
        texts: ['text'],
        weights: new Map([
          ['topic', 1],
          ['sentiment', 1],
        ]),
      }),
      evaluator: expect.objectContaining({ primaryMetric: 'loss' }),
      betas: [0.9, 0.999],
      eps: 1e-8,
      schedule: { kind: 'constant', warmupSteps: 0 },
      accumulate: 1,
      epochs: 3,
      batchSize: 16,
      dropout: 0,
      seed: 42,
    });
  });

  it('keeps what is given', () => {
    const given = {
      betas: [0, 0.5],
      eps: 1e-6,
      schedule: { kind: 'cosine', warmupSteps: 4 },
      accumulate: 2,
      epochs: 7,
      batchSize: 'all',
      dropout: 0.1,
      seed: 2 ** 32 - 1,
      weightDecay: 0,
      clipNorm: 1,
    };
    expect(check(given)).toMatchObject(given);
    expect(check({ batchSize: 1000, learningRate: 0, optimizer: 'adamw' }).batchSize).toBe(1000);
    const stopping = { metric: 'macroF1', patience: 2 };
    expect(check({ evaluation: examples, earlyStopping: stopping }).earlyStopping).toEqual(stopping);
  });

  it('turns labels into classes, and leaves out examples without any', () => {
    expect(check().training).toEqual([
      { index: 0, texts: { text: 'Good game' }, targets: { topic: 0, sentiment: 1 } },
      { index: 1, texts: { text: 'Slow phone' }, targets: { topic: 1, sentiment: 0 } },
      { index: 2, texts: { text: 'Soup' }, targets: { topic: 2 } },
      { index: 4, texts: { text: 'Match' }, targets: { topic: 0 } },
    ]);
  });

  it('takes heads called like properties of Object for what they are', () => {
    const odd = [
      { name: 'constructor', labels: ['a', 'b'] },
      { name: '__proto__', labels: ['a', 'b'] },
    ];
    const labelled = [
      { text: 'one', labels: { constructor: 'a' } },
      { text: 'two', labels: JSON.parse('{"constructor": "b", "__proto__": 0}') },
      { text: 'three', labels: JSON.parse('{"__proto__": 1}') },
    ] as unknown as Example[];
    const { training, loss } = checkTrainerOptions({ examples: labelled }, odd);
    expect([...loss.weights]).toEqual([
      ['constructor', 1],
      ['__proto__', 1],
    ]);
    expect(training.map(({ targets }) => Object.entries(targets))).toEqual([
      [['constructor', 0]],
      [
        ['constructor', 1],
        ['__proto__', 0],
      ],
      [['__proto__', 1]],
    ]);
    expect('constructor' in training[2]!.targets).toBe(false);
  });

  it('names the tasks that have labels; a head without any adds nothing', () => {
    const topics = examples.map(({ text, labels }) => ({ text, labels: { topic: labels.topic } }));
    const made = check({ examples: topics, taskWeights: { topic: 2, sentiment: 3 } });
    expect([...made.loss.weights]).toEqual([['topic', 2]]);
    expect(made.loss.parameters).toEqual(['heads.topic.weight', 'heads.topic.bias']);
  });

  it('holds out a part that is stratified and the same for the same seed', () => {
    const many = Array.from({ length: 60 }, (_, i) => ({
      text: `text ${i}`,
      // By name and by index: the same classes.
      labels: { topic: i % 2 ? i % 3 : heads[0]!.labels[i % 3]!, sentiment: Math.floor(i / 3) % 2 },
    }));
    const made = check({ examples: many, evaluation: { fraction: 0.2 } });
    expect(made.evaluation).toHaveLength(12);
    expect(made.training).toHaveLength(48);
    for (let c = 0; c < 3; c++)
      expect(made.evaluation.filter(({ targets }) => targets.topic === c)).toHaveLength(4);
    const indices = [...made.training, ...made.evaluation].map(({ index }) => index);
    expect(indices.sort((a, b) => a - b)).toEqual(many.map((_, i) => i));
    const { training, evaluation } = check({ examples: many, evaluation: { fraction: 0.2 } });
    expect([training, evaluation]).toEqual([made.training, made.evaluation]);
    expect(check({ examples: many, evaluation: { fraction: 0.2 }, seed: 1 }).evaluation).not.toEqual(
      made.evaluation,
    );
  });

  it('takes examples to evaluate on, of one class too', () => {
    const made = check({ evaluation: [{ text: 'Ball', labels: { topic: 'sport' } }] });
    expect(made.evaluation).toEqual([{ index: 0, texts: { text: 'Ball' }, targets: { topic: 0 } }]);
    expect(made.training).toHaveLength(4);
  });

  it('takes either form of evaluation with what it tells and when', () => {
    const apart = [{ text: 'Ball', labels: { topic: 'sport' } }];
    const made = check({ evaluation: { examples: apart, everySteps: 3, details: true } });
    const { evaluation, training } = check({ evaluation: apart });
    expect(made).toMatchObject({ evaluation, training, everySteps: 3, details: true });
    const halves = check({ evaluation: { fraction: 0.5, everySteps: 1 } });
    expect(halves).toMatchObject({ everySteps: 1, details: false });
    expect(halves.evaluation).toEqual(check({ evaluation: { fraction: 0.5 } }).evaluation);
    expect(check({ evaluation: { fraction: 0.5 } })).not.toHaveProperty('everySteps');
  });

  const topic = (label: unknown) => [...examples, { text: 'odd', labels: { topic: label } }];
  const sameClass = [
    { text: 'a', labels: { topic: 'sport', sentiment: 1 } },
    { text: 'b', labels: { topic: 0, sentiment: 0 } },
  ];
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['examples', { examples: undefined }, /examples is undefined\. Pass a list of \{ text, labels: \{ topic/],
    ['examples', { examples: [] }, /examples is an empty list/],
    ['examples', { examples: [examples[0], null] }, /examples\[1\] is null\. Pass \{ text, labels \}/],
    ['examples', { examples: new Array(2) }, /examples\[0\] is undefined/],
    ['examples', { examples: [{ labels: {} }] }, /examples\[0\]\.text is undefined\. Pass a string/],
    ['examples', { examples: [{ text: 'a', labels: ['sport'] }] }, /examples\[0\]\.labels is a list of 1/],
    ['examples', { examples: [{ text: 'a' }] }, /examples\[0\]\.labels is undefined.*topic: 'sport'/],
    ['examples', { examples: [{ text: 'a', labels: { mood: 1 } }] }, /"mood".*no head.*topic, sentiment/],
    [
      'examples',
      { examples: [{ text: 'a', labels: {} }] },
      /none of the 1\. Give labels for topic, sentiment/,
    ],
    [
      'examples',
      { examples: topic('opera') },
      /examples\[5\]\.labels give "opera" for "topic".*"sport" \(0\), "tech" \(1\), "food" \(2\)/,
    ],
    ['examples', { examples: topic(3) }, /give 3 for "topic"/],
    ['examples', { examples: topic(-1) }, /give -1 for "topic"/],
    ['examples', { examples: topic(0.5) }, /give 0\.5 for/],
    ['examples', { examples: topic(Number.NaN) }, /give NaN for/],
    ['examples', { examples: topic('') }, /give "" for/],
    ['examples', { examples: topic(true) }, /give true for/],
    ['examples', { examples: topic('0') }, /give "0" for/],
    ['examples', { examples: sameClass }, /one class only for "topic": "sport".*at least two/],
    ['evaluation', { evaluation: 0.2 }, /evaluation is 0\.2.*\{ fraction: 0\.2 \}/],
    ['evaluation', { evaluation: null }, /evaluation is null/],
    ['evaluation', { evaluation: { fraction: 1 } }, /fraction 1\./],
    ['evaluation', { evaluation: { fraction: 0.01 } }, /holds out nothing: 0\.01 of 4 examples/],
    ['evaluation', { evaluation: {} }, /evaluation is an object with the fraction undefined/],
    [
      'evaluation',
      { evaluation: { fraction: 0.5, examples } },
      /evaluation has both a fraction and examples\. Give one/,
    ],
    ['evaluation', { evaluation: { examples: 'a' } }, /evaluation is "a"\. Pass a list/],
    ['evaluation', { evaluation: { examples: [] } }, /evaluation is an empty list/],
    [
      'evaluation',
      { evaluation: { fraction: 0.5, everySteps: 0 } },
      /evaluation\.everySteps is 0\. Use a whole/,
    ],
    ['evaluation', { evaluation: { examples, everySteps: 1.5 } }, /evaluation\.everySteps is 1\.5/],
    [
      'evaluation',
      { evaluation: { fraction: 0.5, details: 1 } },
      /evaluation\.details is 1\. Use true or false/,
    ],
    ['evaluation', { evaluation: [] }, /evaluation is an empty list/],
    ['evaluation', { evaluation: [{ text: 'a', labels: { topic: 9 } }] }, /evaluation\[0\]\.labels give 9/],
    ['learningRate', { learningRate: Number.NaN }, /learningRate is NaN\. Use a finite number of at least 0/],
    ['learningRate', { learningRate: -1e-5 }, /learningRate is -0\.00001/],
    ['betas', { betas: [0.9] }, /betas is a list of 1/],
    ['betas', { betas: [0.9, 1] }, /betas\[1\] is 1\. Use a finite number of at least 0 and below 1/],
    ['eps', { eps: 0 }, /eps is 0\. Use a finite number above 0/],
    ['weightDecay', { weightDecay: Number.POSITIVE_INFINITY }, /weightDecay is Infinity/],
    ['clipNorm', { clipNorm: 0 }, /clipNorm is 0/],
    ['optimizer', { optimizer: 'sgd' }, /optimizer is "sgd"\. Use one of adam, adamw/],
    ['schedule', { schedule: 'linear' }, /schedule is "linear"\. Pass \{ kind/],
    ['schedule', { schedule: { kind: 'toString' } }, /schedule\.kind is "toString"/],
    ['schedule', { schedule: { kind: 'step' } }, /schedule\.kind is "step".*constant, linear, cosine/],
    ['schedule', { schedule: { kind: 'linear', warmupSteps: -1 } }, /schedule\.warmupSteps is -1/],
    ['accumulate', { accumulate: 0 }, /accumulate is 0/],
    ['epochs', { epochs: 0 }, /epochs is 0\. Use a whole number from 1/],
    ['epochs', { epochs: '3' }, /epochs is "3"/],
    ['batchSize', { batchSize: 0 }, /batchSize is 0\. Use a whole number from 1, or 'all'/],
    ['batchSize', { batchSize: 1.5 }, /batchSize is 1\.5/],
    ['batchSize', { batchSize: Number.POSITIVE_INFINITY }, /batchSize is Infinity/],
    ['batchSize', { batchSize: 'some' }, /batchSize is "some"/],
    ['dropout', { dropout: 1 }, /dropout is 1\. Use a finite number of at least 0 and below 1/],
    ['dropout', { dropout: Number.NaN }, /dropout is NaN/],
    ['seed', { seed: -1 }, /seed is -1\. Use a whole number from 0 to 4294967295/],
    ['seed', { seed: 2 ** 32 }, /seed is 4294967296/],
    ['taskWeights', { taskWeights: null }, /taskWeights is null/],
    ['taskWeights', { taskWeights: { mood: 1 } }, /taskWeights has "mood".*topic, sentiment/],
    ['taskWeights', { taskWeights: { topic: Number.NaN } }, /taskWeights\.topic is NaN/],
    ['taskWeights', { taskWeights: { topic: 0, sentiment: 0 } }, /taskWeights are all 0/],
    ['earlyStopping', { earlyStopping: 3 }, /earlyStopping is 3/],
    ['earlyStopping', { earlyStopping: { metric: 'loss', patience: 2 } }, /needs an evaluation/],
    [
      'earlyStopping',
      { evaluation: examples, earlyStopping: { metric: 'f1', patience: 2 } },
      /earlyStopping\.metric is "f1".*loss, accuracy, macroF1/,
    ],
    [
      'earlyStopping',
      { evaluation: examples, earlyStopping: { metric: 'loss', patience: 0 } },
      /earlyStopping\.patience is 0/,
    ],
  ])('refuses bad %s: %j', (argument, options, message) => {
    const checking = () => check(options);
    expect(checking).toThrow(ArgumentError);
    expect(checking).toThrow(message);
    expect(checking).toThrow(expect.objectContaining({ argument }));
  });

  it('says which example and which label are wrong, as fields too', () => {
    expect(() => check({ examples: topic('opera') })).toThrow(
      expect.objectContaining({ argument: 'examples', position: 5, head: 'topic', label: 'opera' }),
    );
  });

  it('refuses a model without heads, and options that are none', () => {
    expect(() => checkTrainerOptions({ examples }, [])).toThrow(/addHead\(\)/);
    for (const options of [null, undefined, 'full']) {
      expect(() => checkTrainerOptions(options as unknown as TrainerOptions, heads)).toThrow(ArgumentError);
    }
  });

  it('lists twenty of many labels', () => {
    const many = [{ name: 'topic', labels: Array.from({ length: 500 }, (_, i) => `label ${i}`) }];
    const checking = () => checkTrainerOptions({ examples: [{ text: 'a', labels: { topic: 'x' } }] }, many);
    expect(checking).toThrow(/"label 19" \(19\) and 480 more/);
  });
});
