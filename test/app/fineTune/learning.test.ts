import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { heldOut } from '../../../src/app/fineTune/learning/heldOut.ts';
import {
  describeCurves,
  linesOf,
  rateText,
  stepsOf,
  tasksOf,
} from '../../../src/app/fineTune/learning/lines.ts';
import {
  beginRun,
  clearRuns,
  differing,
  endRun,
  type RunFacts,
  record,
  runs,
  shownRuns,
  showRun,
  summaryOf,
} from '../../../src/app/fineTune/learning/runs.ts';
import { spread } from '../../../src/app/fineTune/learning/spread.ts';
import type { EvaluationEvent, StepEvent } from '../../../src/worker/client.ts';

const step = (n: number, losses: Record<string, number>): StepEvent => ({
  type: 'step',
  step: n,
  totalSteps: 9,
  epoch: 1,
  loss: 0,
  losses,
  gradientNorm: 1,
  learningRate: 1,
  textsPerSecond: 1,
});

const evaluation = (n: number, losses: Record<string, number>, accuracy: number): EvaluationEvent => ({
  type: 'evaluation',
  step: n,
  losses,
  accuracy: Object.fromEntries(Object.keys(losses).map((task) => [task, accuracy])),
  macroF1: {},
  metrics: {},
  heldOut: {
    examples: [1],
    probabilities: { a: { data: new Float32Array([accuracy, 1 - accuracy]), shape: [1, 2] } },
    embeddings: { data: new Float32Array([n, 0]), shape: [1, 2] },
  },
});

const facts: RunFacts = {
  settings: { scenario: 'full', seed: '1' },
  options: { examples: [] },
  data: 'some',
  examples: [
    { text: 'one', labels: { a: 'x' } },
    { text: 'two', labels: { a: 'y' } },
  ],
  tasks: [{ name: 'a', labels: ['x', 'y'] }],
  before: 0,
  planned: 9,
};
const begin = (more: Partial<RunFacts> = {}) => beginRun({ ...facts, ...more });
const last = () => runs.value.at(-1)!;

beforeEach(() => {
  runs.value = [];
});

describe('runs', () => {
  it('take what is reported, by the last one', () => {
    begin();
    record(evaluation(0, { a: 2 }, 0.5));
    record(step(1, { a: 1 }));
    endRun('stopped');
    begin({ before: 1 });
    record(step(1, { a: 0.5 }));
    record({ type: 'done', best: null });
    endRun('finished');
    endRun('failed');
    expect(runs.value.map(({ steps, outcome, before }) => [steps.length, outcome, before])).toEqual([
      [1, 'stopped', 0],
      [1, 'finished', 1],
    ]);
    expect(new Set(runs.value.map(({ id }) => id)).size).toBe(2);
  });

  it('keep the texts of their first and latest evaluation, the newest run alone', () => {
    begin();
    for (const n of [0, 3, 6, 9]) record(evaluation(n, { a: 1 }, 0.5));
    expect(last().evaluations.map((event) => event.heldOut !== undefined)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    begin();
    expect(runs.value[0]!.evaluations[3]!.heldOut).toBeDefined();
    record(evaluation(0, { a: 1 }, 0.5));
    expect(runs.value[0]!.evaluations.map((event) => event.heldOut)).toEqual(Array(4).fill(undefined));
    expect(last().evaluations[0]!.heldOut).toBeDefined();
  });

  it('are forgotten but for the newest', () => {
    for (let i = 0; i < 3; i++) begin();
    const newest = last().id;
    clearRuns();
    expect(runs.value.map(({ id }) => id)).toEqual([newest]);
  });

  it('are on the chart until they are taken off; the newest stays when all are', () => {
    begin();
    begin();
    const [one, two] = runs.value.map(({ id }) => id) as [number, number];
    const shown = () => shownRuns.value.map(({ id }) => id);
    expect(shown()).toEqual([one, two]);
    showRun(two, false);
    expect(shown()).toEqual([one]);
    showRun(one, false);
    expect(shown()).toEqual([two]);
    showRun(one, true);
    expect(shown()).toEqual([one]);
  });
});

describe('held-out texts', () => {
  it('are those of the run’s own examples, and the same object from step to step', () => {
    begin();
    expect(heldOut.value).toBeUndefined();
    record(evaluation(0, { a: 1 }, 0.5));
    const first = heldOut.value!;
    expect(first.texts.map(({ text }) => text)).toEqual(['two']);
    record(step(1, { a: 1 }));
    expect(heldOut.value).toBe(first);
    record(evaluation(1, { a: 1 }, 0.5));
    expect(heldOut.value).not.toBe(first);
    expect(heldOut.value!.first).toBe(first.first);
    expect(heldOut.value!.latest.embeddings.data[0]).toBe(1);
  });

  it('stay while a new run gets ready, and are gone where that holds none out', () => {
    begin();
    record(evaluation(0, { a: 1 }, 0.5));
    begin();
    expect(heldOut.value).toBeDefined();
    record(step(1, { a: 1 }));
    expect(heldOut.value).toBeUndefined();
  });
});

describe('lines', () => {
  it('are the losses of each task, in training and held out, without what is no number', () => {
    begin({ tasks: ['a', 'b'].map((name) => ({ name, labels: ['x', 'y'] })) });
    record(evaluation(0, { b: 3, a: 2 }, 0.5));
    record(step(1, { a: 1 }));
    record(step(2, { a: Number.NaN, b: 2 }));
    expect(tasksOf(last())).toEqual(['a', 'b']);
    expect(stepsOf(last())).toBe(2);
    expect(linesOf(last(), 'loss').map(({ task, isHeldOut, points }) => [task, isHeldOut, points])).toEqual([
      ['a', false, [{ step: 1, value: 1 }]],
      ['b', false, [{ step: 2, value: 2 }]],
      ['a', true, [{ step: 0, value: 2 }]],
      ['b', true, [{ step: 0, value: 3 }]],
    ]);
    expect(linesOf(last(), 'macroF1')).toEqual([]);
    expect(linesOf(last(), 'gradientNorm')).toMatchObject([{ task: undefined, raw: [] }]);
  });

  it('of many steps are smoothed, have at most 401 points, and the last one among them', () => {
    begin();
    for (let i = 1; i <= 3001; i++) record(step(i, { a: 1 + (i % 2) }));
    const [line] = linesOf(last(), 'loss');
    for (const points of [line!.points, line!.raw]) {
      expect(points.length).toBeLessThanOrEqual(401);
      expect(points.at(-1)!.step).toBe(3001);
    }
    expect(line!.points[0]!.value).toBe(2);
    // 1 and 2 in turn: the mean of about a hundred steps is near 1.5.
    expect(line!.points.slice(100).every(({ value }) => Math.abs(value - 1.5) < 0.01)).toBe(true);
    expect(linesOf(last(), 'learningRate')[0]!.raw).toEqual([]);
  });

  it('are told in a sentence', () => {
    begin();
    record(evaluation(0, { a: 2 }, 0.25));
    record(step(1, { a: 1.5 }));
    record(evaluation(1, { a: 1 }, 0.75));
    expect(describeCurves({ runs: [last()], metric: 'loss' })).toBe(
      'Loss by step, over 1 step: a from 1.50 to 1.50; a, held out, from 2.00 to 1.00.',
    );
    expect(describeCurves({ runs: [last()], metric: 'accuracy', task: 'other' })).not.toContain('0.25');
    expect(describeCurves({ runs: [last()], metric: 'accuracy' })).toContain('from 0.25 to 0.75');
  });
});

describe('the comparison of runs', () => {
  it('names the settings that differ, and the examples', () => {
    begin();
    begin({ settings: { ...facts.settings, seed: '2' } });
    expect(differing(runs.value)).toEqual(['seed']);
    begin({ data: 'other', settings: { ...facts.settings, extra: 'yes' } });
    expect(differing(runs.value)).toEqual(['examples', 'seed', 'extra']);
    expect(differing(runs.value.slice(0, 1))).toEqual([]);
  });

  it('has the last and the best accuracy, and the sum of the held-out losses', () => {
    begin();
    expect(summaryOf(last()).loss).toBeUndefined();
    record(evaluation(0, { a: 2, b: 1 }, 0.9));
    record(evaluation(3, { a: 0.5, b: 0.25 }, 0.8));
    expect(summaryOf(last())).toEqual({
      accuracy: new Map(['a', 'b'].map((task) => [task, { last: 0.8, best: 0.9 }])),
      loss: 0.75,
    });
  });
});

describe('labels at the ends of lines', () => {
  it('are moved apart in their order, within the picture', () => {
    expect(spread([10, 12, 50], 15, 100)).toEqual([10, 25, 50]);
    expect(spread([98, 97], 15, 100)).toEqual([100, 85]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 6 }), (places) => {
        const moved = spread(places, 15, 100).sort((a, b) => a - b);
        return moved.every((y, i) => y > -1e-9 && y <= 100 && (i === 0 || y - moved[i - 1]! >= 15 - 1e-9));
      }),
    );
  });

  it('say rates with two digits', () => {
    expect([0, 1e-3, 0.000123456].map(rateText)).toEqual(['0', '1e−3', '1.2e−4']);
  });
});
