import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAbout, isOfPage, type RunAbout } from '../../src/app/checkpoints/about.ts';
import { ago, sizeOf } from '../../src/app/checkpoints/words.ts';
import { heldOut } from '../../src/app/fineTune/learning/heldOut.ts';
import {
  beginRun,
  endRun,
  noteCheckpoint,
  type RunFacts,
  record,
  runs,
} from '../../src/app/fineTune/learning/runs.ts';
import { headsFor } from '../../src/app/fineTune/run/options.ts';
import type { EvaluationEvent, RunHistory, StepEvent } from '../../src/worker/client.ts';

const about: RunAbout = {
  model: { name: 'owner/model', origin: 'hub', revision: 'v2' },
  data: 'some.csv',
  tasks: ['topic', '__proto__'],
  before: 12,
  settings: { scenario: 'top 1 layers', epochs: '3' },
  form: {
    scenario: 'top-layers',
    onlyHead: 'topic',
    topLayers: 1,
    adjustments: [['layer 5', { rate: 1e-5 }]],
  },
};

describe('what is kept with a run', () => {
  it('comes back from JSON as it was', () => {
    const back: unknown = JSON.parse(JSON.stringify(about));
    expect(isAbout(back)).toBe(true);
    expect(back).toEqual(about);
  });

  it('is not taken from a page that kept something else', () => {
    for (const change of [
      { model: { ...about.model, origin: 'elsewhere' } },
      { model: undefined },
      { data: 3 },
      { tasks: ['topic', 3] },
      { before: -1 },
      { before: 0.5 },
      { settings: { epochs: 3 } },
      { form: { ...about.form, adjustments: [['layer 5']] } },
      { form: { ...about.form, adjustments: [['layer 5', { rate: 'fast' }]] } },
      { form: { ...about.form, topLayers: '1' } },
      { form: [] },
    ]) {
      expect(isAbout({ ...about, ...change }), JSON.stringify(change)).toBe(false);
    }
    fc.assert(fc.property(fc.jsonValue(), (value) => isAbout(value) === false));
  });

  it('belongs to a checkpoint that has the heads of its tasks', () => {
    const content = { options: { examples: [] }, step: 1, totalSteps: 2, savedAt: 3, history: [], about };
    const head = (name: string) => ({ name, labels: ['a', 'b'], pooling: 'cls' as const });
    expect(isOfPage({ ...content, heads: [head('__proto__'), head('topic'), head('more')] })).toBe(true);
    expect(isOfPage({ ...content, heads: [head('topic')] })).toBe(false);
    const heads = [head('__proto__'), head('topic')];
    const examples = [
      { text: 'a', labels: { topic: 'a' } },
      { text: 'b', labels: { topic: 1 } },
    ];
    expect(isOfPage({ ...content, heads, options: { examples: examples.slice(0, 1) } })).toBe(true);
    expect(isOfPage({ ...content, heads, options: { examples } })).toBe(false);
  });
});

describe('words', () => {
  const minute = 60_000;
  const now = Date.UTC(2026, 10, 24, 12);

  it.each([
    [0, 'just now'],
    // Clocks are set back.
    [-5 * minute, 'just now'],
    [59_999, 'just now'],
    [minute, '1 minute ago'],
    [3.9 * minute, '3 minutes ago'],
    [60 * minute, '1 hour ago'],
    [23 * 60 * minute, '23 hours ago'],
    [24 * 60 * minute, 'yesterday'],
    [6 * 24 * 60 * minute, '6 days ago'],
    [8 * 24 * 60 * minute, 'Nov 16, 2026'],
  ])('%i ms before now is "%s"', (passed, words) => {
    expect(ago(now - passed, now)).toBe(words);
  });

  it('count bytes as downloads do', () => {
    const facts = { id: 'a', name: 'a', step: 1, totalSteps: 1, savedAt: 1, isOver: false, isOn: false };
    expect(sizeOf({ ...facts, bytes: 253_900_000 })).toBe('254 MB');
    expect(sizeOf({ ...facts, bytes: 14_200 })).toBe('15 kB');
  });
});

describe('a run that goes on', () => {
  const step = (n: number): StepEvent => ({
    ...{ type: 'step', step: n, totalSteps: 9, epoch: 1, loss: 1 / n, losses: { a: 1 / n } },
    ...{ gradientNorm: 1, learningRate: 1, textsPerSecond: 1 },
  });
  const looked = (n: number): Omit<EvaluationEvent, 'heldOut'> => ({
    ...{ type: 'evaluation', step: n, losses: { a: 1 }, accuracy: { a: n / 10 }, macroF1: {}, metrics: {} },
  });
  const texts = (n: number): EvaluationEvent => ({
    ...looked(n),
    heldOut: {
      examples: [0],
      probabilities: { a: { data: new Float32Array([n, 1 - n]), shape: [1, 2] } },
      embeddings: { data: new Float32Array([n, 0]), shape: [1, 2] },
    },
  });
  const facts: RunFacts = {
    ...{ settings: {}, options: { examples: [] }, data: 'some', tasks: [], before: 0, planned: 9 },
    examples: [{ text: 'one', labels: { a: 'x' } }],
  };
  const history: RunHistory = [looked(0), step(1), step(2), looked(2), step(3)];

  it('has its curves as if it had never been cut', () => {
    beginRun({ ...facts, checkpoint: 'k' }, history);
    record(step(4));
    record(texts(4));
    record(step(5));
    record(texts(5));
    endRun('finished');
    const run = runs.value.at(-1)!;
    expect(run.steps.map((event) => event.step)).toEqual([1, 2, 3, 4, 5]);
    expect(run.evaluations.map((event) => [event.step, event.heldOut !== undefined])).toEqual([
      ...[0, 2].map((n) => [n, false]),
      ...[4, 5].map((n) => [n, true]),
    ]);
    // What it was told of each text, it was told since it went on.
    expect(heldOut.value?.first.embeddings.data[0]).toBe(4);
    expect(heldOut.value?.latest.embeddings.data[0]).toBe(5);
  });

  it('takes the place of what it was in this tab, with the texts of then', () => {
    beginRun(facts);
    const { id } = runs.value.at(-1)!;
    record(texts(0));
    for (const n of [1, 2, 3]) record(step(n));
    noteCheckpoint('l');
    endRun('stopped');
    beginRun(facts);
    endRun('stopped');
    const count = runs.value.length;
    beginRun({ ...facts, checkpoint: 'l' }, history);
    record(step(4));
    record(texts(4));
    expect(runs.value).toHaveLength(count);
    const run = runs.value.at(-1)!;
    expect(run.id).toBe(id);
    expect(run.outcome).toBe('running');
    expect(run.steps).toHaveLength(4);
    expect(heldOut.value?.first.embeddings.data[0]).toBe(0);
    expect(heldOut.value?.latest.embeddings.data[0]).toBe(4);
    beginRun(facts);
    expect(runs.value.filter((other) => other.id === runs.value.at(-1)!.id)).toHaveLength(1);
  });
});

it('heads begin by the seed of the run and their place', () => {
  const labels = ['a', 'b'];
  const tasks = [
    { name: 'one', labels },
    { name: '__proto__', labels },
  ];
  expect(Object.entries(headsFor(tasks, 2 ** 32 - 1)).map(([name, { seed }]) => [name, seed])).toEqual([
    ['one', 2 ** 32 - 1],
    ['__proto__', 0],
  ]);
  expect(headsFor([tasks[0]!], Number.NaN).one!.seed).toBe(0);
});
