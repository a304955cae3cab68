import { describe, expect, it } from 'vitest';
import { Trainer } from '../../../src/training/trainer.ts';
import { expectClose, maxDifference } from '../../support/numbers.ts';
import { loadTiny } from '../../support/tinyModel.ts';
import {
  changedNames,
  eventsOf,
  examples,
  freshTiny,
  quick,
  stepsOf,
  weightsOf,
} from '../../support/trainer.ts';
import { pretend } from '../../support/variants.ts';

const training = examples.slice(0, 16);

describe('accumulate', () => {
  /** Adam’s step is the gradient’s where that is well below eps, so that rounding stays small. */
  const options = { eps: 1, learningRate: 0.1, epochs: 2, examples: training };

  it('of two batches of four is one batch of eight', async () => {
    const run = async (how: { batchSize: number; accumulate: number }) => {
      const model = await freshTiny();
      const steps = stepsOf(await eventsOf(model, { ...options, ...how }));
      return { steps, weights: await weightsOf(model) };
    };
    const start = await weightsOf(await freshTiny());
    const whole = await run({ batchSize: 8, accumulate: 1 });
    const halves = await run({ batchSize: 4, accumulate: 2 });
    expect(halves.steps).toHaveLength(4);
    expectClose(
      halves.steps.map(({ loss }) => loss),
      whole.steps.map(({ loss }) => loss),
      1e-6,
    );
    for (const [i, { gradientNorm }] of halves.steps.entries()) {
      expect(Math.abs(gradientNorm / whole.steps[i]!.gradientNorm - 1)).toBeLessThan(1e-5);
    }
    for (const [name, values] of whole.weights) expectClose(halves.weights.get(name)!, values, 1e-6);
    expect(
      maxDifference(whole.weights.get('heads.topic.weight')!, start.get('heads.topic.weight')!),
    ).toBeGreaterThan(1e-3);
  });

  it('makes the last update of what is left', async () => {
    const trainer = new Trainer(await freshTiny(), { ...options, batchSize: 4, accumulate: 3, epochs: 2 });
    const steps = [];
    for await (const event of trainer.train()) if (event.type === 'step') steps.push(event.step);
    expect(steps).toEqual([1, 2, 3, 4]);
    expect(trainer.totalSteps).toBe(4);
  });
});

describe('a step', () => {
  it('goes down the gradient that it reports: the loss falls by rate · norm²', async () => {
    const model = await freshTiny();
    model.addHead('sentiment', { labels: ['negative', 'positive'], pooling: 'mean' });
    // Beside such an eps Adam's first step is the gradient's own, a millionth of it.
    const options = { eps: 1e6, learningRate: 1e6 * 1e-4, batchSize: 'all', epochs: 2 } as const;
    for (const accumulate of [1, 2]) {
      const batchSize = accumulate === 1 ? 'all' : training.length / 2;
      const given = { ...options, examples: training, accumulate, batchSize } as const;
      const [one, two] = stepsOf(await eventsOf(model, given));
      const expected = 1e-4 * one!.gradientNorm ** 2;
      expect(expected).toBeGreaterThan(1e-4);
      expect(Math.abs((one!.loss - two!.loss) / expected - 1)).toBeLessThan(0.03);
    }
  });

  it('on more tokens than the adapter takes at once is cut, and has the same losses and gradient', async () => {
    const model = await freshTiny();
    const long = training.slice(0, 6).map(({ text, labels }, i) => ({
      text: Array(14).fill(text).join(' '),
      labels: i < 4 ? labels : { topic: labels.topic },
    }));
    const many = Array.from({ length: 40 }, () => long).flat();
    const run = async (given: typeof examples) =>
      stepsOf(await eventsOf(model, { examples: given, batchSize: 'all', epochs: 1, learningRate: 0 }))[0]!;
    const { dispatches } = await model.usage();
    const few = await run(long);
    const middle = await model.usage();
    const cut = await run(many);
    // Two parts: nearly twice the kernels.
    expect((await model.usage()).dispatches - middle.dispatches).toBeGreaterThan(
      1.5 * (middle.dispatches - dispatches),
    );
    expect(cut.losses.topic).toBeCloseTo(few.losses.topic!, 5);
    expect(cut.losses.sentiment).toBeCloseTo(few.losses.sentiment!, 5);
    expect(Math.abs(cut.gradientNorm / few.gradientNorm - 1)).toBeLessThan(1e-5);
  });
});

describe('on a GPU, where gradients of weights go in pairs', () => {
  it('a head of four labels takes no more kernels than one of three', async () => {
    const model = await loadTiny();
    pretend(model.core.engine, { isSoftware: false });
    const kernels = async (labels: string[]) => {
      model.addHead('topic', { labels });
      const given = training.map(({ text, labels: { topic } }) => ({ text, labels: { topic } }));
      const { dispatches } = await model.usage();
      await eventsOf(model, { examples: given, batchSize: 'all', epochs: 1 });
      return (await model.usage()).dispatches - dispatches;
    };
    const three = await kernels(['sport', 'tech', 'food']);
    expect(await kernels(['sport', 'tech', 'food', 'art'])).toBeLessThanOrEqual(three);
    await model.dispose();
  });
});

describe('taskWeights', () => {
  it('scale a task’s gradient as they scale its loss', async () => {
    const gradient = async (topic: number, sentiment: number) => {
      const model = await freshTiny();
      const [step] = stepsOf(
        await eventsOf(model, {
          ...{ taskWeights: { topic, sentiment }, batchSize: 'all', epochs: 1 },
          ...{ frozen: ['{embeddings,encoder,pooler}.*', 'heads.sentiment.*'] },
        }),
      );
      return step!.gradientNorm;
    };
    const one = await gradient(1, 1);
    expect(await gradient(3, 1)).toBeCloseTo(3 * one, 5);
    expect(await gradient(1, 5)).toBeCloseTo(one, 12);
  });

  it('of 0 leave a task out: its head keeps its bits', async () => {
    const model = await freshTiny();
    const before = await weightsOf(model, /^heads/);
    const steps = stepsOf(
      await eventsOf(model, { taskWeights: { sentiment: 0 }, epochs: 1, optimizer: 'adamw' }),
    );
    for (const { losses } of steps) expect(Object.keys(losses)).toEqual(['topic']);
    expect(changedNames(before, await weightsOf(model, /^heads/))).toEqual([
      'heads.topic.weight',
      'heads.topic.bias',
    ]);
  });

  it('of 0 for all that an example has labels for leave it out: a batch of it would have no gradient', async () => {
    const mixed = examples.slice(0, 8).map(({ text, labels: { topic, sentiment } }, i) => ({
      text,
      labels: i % 3 ? { topic } : { sentiment },
    }));
    const options = { taskWeights: { sentiment: 0 }, batchSize: 1, epochs: 1, examples: mixed } as const;
    const steps = stepsOf(await eventsOf(await freshTiny(), options));
    expect(steps.map(({ losses }) => Object.keys(losses))).toEqual(Array(5).fill(['topic']));
  });
});

describe('a batch in which a task has no label', () => {
  const one = examples
    .slice(0, 2)
    .map(({ text, labels: { sentiment } }) => ({ text, labels: { sentiment } }));
  const topics = examples.slice(2, 7).map(({ text, labels: { topic } }) => ({ text, labels: { topic } }));

  it('leaves that head’s bits, decay and momentum included', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, {
      examples: [...one, ...topics],
      ...quick,
      batchSize: 1,
      epochs: 1,
      optimizer: 'adamw',
    });
    let before = await weightsOf(model, /^heads/);
    trainer.pause();
    trainer.step();
    for await (const event of trainer.train()) {
      if (event.type !== 'step') continue;
      const [task] = Object.keys(event.losses);
      const after = await weightsOf(model, /^heads/);
      expect(changedNames(before, after)).toEqual([`heads.${task}.weight`, `heads.${task}.bias`]);
      before = after;
      trainer.step();
    }
  });
});
