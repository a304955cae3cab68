import { describe, expect, it } from 'vitest';
import type { EvaluationEvent } from '../../src/training/events.ts';
import {
  changedNames,
  evaluationsOf,
  eventsOf,
  examples,
  freshTiny,
  stepsOf,
  weightsOf,
} from '../support/trainer.ts';

const [training, heldOut] = [examples.slice(0, 16), examples.slice(16)];

describe('a run', () => {
  it('evaluates, takes an epoch’s steps, evaluates …, and ends with the best evaluation', async () => {
    const model = await freshTiny();
    const events = await eventsOf(model, { examples: training, evaluation: heldOut, epochs: 3 });
    const told = events.map((event) => (event.type === 'step' ? `${event.epoch}.${event.step}` : event.type));
    const evaluation = 'evaluation';
    expect(told).toEqual([
      ...[evaluation, '1.1', '1.2', evaluation, '2.3', '2.4', evaluation, '3.5', '3.6', evaluation, 'done'],
    ]);
    const evaluations = evaluationsOf(events);
    expect(evaluations.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    const sum = ({ losses }: EvaluationEvent) => losses.topic! + losses.sentiment!;
    const best = [...evaluations].sort((a, b) => sum(a) - sum(b))[0];
    expect(events.at(-1)).toEqual({ type: 'done', best });
    for (const { accuracy, macroF1, losses } of evaluations) {
      for (const values of [accuracy, macroF1, losses]) {
        expect(Object.keys(values)).toEqual(['topic', 'sentiment']);
        for (const value of Object.values(values)) expect(value).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('without anything held out has steps alone, and no best', async () => {
    const events = await eventsOf(await freshTiny(), { epochs: 1, batchSize: 'all' });
    expect(events.map(({ type }) => type)).toEqual(['step', 'done']);
    expect(events.at(-1)).toEqual({ type: 'done', best: null });
  });

  it('learns what can be learned, and tells texts it has not seen', async () => {
    const model = await freshTiny();
    const events = await eventsOf(model, { examples: training, evaluation: heldOut, epochs: 20 });
    const losses = stepsOf(events).map(({ loss }) => loss);
    expect(losses[0]).toBeGreaterThan(1.5);
    expect(losses.at(-1)).toBeLessThan(0.1);
    const [before, ...after] = evaluationsOf(events);
    expect(before!.accuracy.sentiment).toBeLessThan(1);
    expect(after.at(-1)!.accuracy.sentiment).toBe(1);
    const { topic } = await model.predict(training.map(({ text }) => text));
    const { data } = topic!.probabilities;
    const told = training.map(
      (_, i) => topic!.labels[[0, 1, 2].sort((a, b) => data[3 * i + b]! - data[3 * i + a]!)[0]!],
    );
    expect(told).toEqual(training.map((example) => example.labels.topic));
  });

  it('reports the sum of the weighted losses, and the highest rate of the step', async () => {
    const events = await eventsOf(await freshTiny(), {
      taskWeights: { topic: 2, sentiment: 0.5 },
      learningRate: [
        ['*', 1e-4],
        ['heads.*', 4e-3],
      ],
      schedule: { kind: 'linear', warmupSteps: 2 },
      epochs: 2,
      batchSize: 'all',
      accumulate: 1,
    });
    const steps = stepsOf(events);
    for (const { loss, losses } of steps)
      expect(loss).toBeCloseTo(2 * losses.topic! + 0.5 * losses.sentiment!, 12);
    expect(steps.map(({ learningRate }) => learningRate)).toEqual([0, 2e-3]);
    for (const { textsPerSecond, gradientNorm } of steps) {
      expect(textsPerSecond).toBeGreaterThan(0);
      expect(gradientNorm).toBeGreaterThan(0);
    }
  });
});

describe('the seed', () => {
  it('decides the run to the last bit; another one gives another', async () => {
    const run = async (seed: number) => {
      const model = await freshTiny();
      const events = await eventsOf(model, { epochs: 2, seed });
      return { losses: stepsOf(events).map(({ loss }) => loss), weights: await weightsOf(model) };
    };
    const [one, same, other] = [await run(7), await run(7), await run(8)];
    expect(same.losses).toEqual(one.losses);
    expect(changedNames(one.weights, same.weights)).toEqual([]);
    expect(other.losses).not.toEqual(one.losses);
  });
});

describe('early stopping', () => {
  it('ends after as many evaluations in a row without a better one as it was told', async () => {
    const frozen = { scenario: 'heads-only', learningRate: 0 } as const;
    const options = { examples: training, evaluation: heldOut, epochs: 9, batchSize: 'all' } as const;
    for (const patience of [1, 3]) {
      const earlyStopping = { metric: 'loss', patience } as const;
      const events = await eventsOf(await freshTiny(), { ...options, ...frozen, earlyStopping });
      expect(stepsOf(events)).toHaveLength(patience);
      expect(events.at(-1)).toMatchObject({ type: 'done', best: { step: 0 } });
    }
    const earlyStopping = { metric: 'loss', patience: 1 } as const;
    const learning = await eventsOf(await freshTiny(), {
      ...options,
      epochs: 4,
      learningRate: 1e-3,
      earlyStopping,
    });
    expect(stepsOf(learning)).toHaveLength(4);
    expect(learning.at(-1)).toMatchObject({ type: 'done', best: { step: 4 } });
  });

  it('looks at the metric that it was told', async () => {
    const options = { examples: training, evaluation: heldOut, epochs: 6, batchSize: 'all' } as const;
    const events = await eventsOf(await freshTiny(), {
      ...options,
      earlyStopping: { metric: 'accuracy', patience: 6 },
    });
    const score = ({ accuracy }: EvaluationEvent) => accuracy.topic! + accuracy.sentiment!;
    const evaluations = evaluationsOf(events);
    const best = evaluations.reduce((a, b) => (score(b) > score(a) ? b : a));
    expect(events.at(-1)).toEqual({ type: 'done', best });
  });
});

describe('an evaluation', () => {
  it('speaks of the tasks that it has labels for', async () => {
    const evaluation = heldOut.map(({ text, labels: { topic } }) => ({ text, labels: { topic } }));
    const events = await eventsOf(await freshTiny(), { examples: training, evaluation, epochs: 1 });
    for (const { losses, accuracy, macroF1 } of evaluationsOf(events)) {
      for (const values of [losses, accuracy, macroF1]) expect(Object.keys(values)).toEqual(['topic']);
    }
  });
});
