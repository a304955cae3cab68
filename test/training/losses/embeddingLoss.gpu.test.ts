import { afterAll, describe, expect, it } from 'vitest';
import { losses } from '../../../src/training/losses/losses.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { Trainer } from '../../../src/training/trainer.ts';
import { loadTiny } from '../../support/tinyModel.ts';
import {
  changedNames,
  evaluationsOf,
  eventsOf,
  examples,
  stepsOf,
  weightsOf,
} from '../../support/trainer.ts';
import { meanSquaredDistance } from './meanSquaredDistance.ts';

Object.assign(losses, { 'mean-squared-distance': meanSquaredDistance });
const model = await loadTiny();
afterAll(() => model.dispose());

const pairs = examples.map(({ text }, i) => ({ first: text, second: examples[(7 * i) % 24]!.text, id: i }));
/** As a page would give them, if the list of losses had this one. */
const options = (more: object = {}): TrainerOptions =>
  ({
    loss: 'mean-squared-distance',
    examples: pairs,
    batchSize: 8,
    epochs: 1,
    ...more,
  }) as unknown as TrainerOptions;

describe('a loss on the embeddings of two texts, of a model without heads', () => {
  it('trains: the loss falls by rate · norm², as its gradient says', async () => {
    // Beside such an eps Adam's first step is the gradient's own, a millionth of it.
    const slow = { batchSize: 'all', epochs: 2, eps: 1e6, learningRate: 1e6 * 1e-3, dropout: 0 };
    const [one, two] = stepsOf(await eventsOf(model, options(slow)));
    const expected = 1e-3 * one!.gradientNorm ** 2;
    expect(Math.abs((one!.loss - two!.loss) / expected - 1)).toBeLessThan(0.03);
    expect(one!.losses).toEqual({ distance: one!.loss });
  });

  it('is planned and timed before', async () => {
    const trainer = new Trainer(model, options({ evaluation: { fraction: 0.25 } }));
    const plan = await trainer.plan();
    expect(plan).toMatchObject({ trainingExamples: 18, heldOutExamples: 6, totalSteps: 3 });
    expect(plan.memory.total).toBeGreaterThan(plan.memory.weights);
    expect((await trainer.measure()).seconds).toBeGreaterThan(0);
  });

  it('is evaluated by itself, and the best and early stopping go by that', async () => {
    const how = { evaluation: pairs.slice(0, 9), learningRate: 1e-3, epochs: 3 };
    const events = await eventsOf(model, options({ ...how, earlyStopping: { metric: 'loss', patience: 3 } }));
    const found = evaluationsOf(events).map(({ metrics }) => metrics.loss!);
    expect(found.at(-1)).toBeLessThan(0.9 * found[0]!);
    expect(events.at(-1)).toMatchObject({ type: 'done', best: { metrics: { loss: Math.min(...found) } } });
    const wrong = { ...how, earlyStopping: { metric: 'accuracy', patience: 3 } };
    expect(() => new Trainer(model, options(wrong))).toThrow(/earlyStopping\.metric is "accuracy".*loss/);
  });

  it('goes on from a checkpoint with the bits of a run that was never stopped', async () => {
    const how = options({ epochs: 2, dropout: 0.1, learningRate: 1e-3, scenario: 'layer-wise' });
    const start = await loadTiny();
    const trainer = new Trainer(start, how);
    let checkpoint: Promise<Blob> | undefined;
    for await (const event of trainer.train())
      if (event.type === 'step' && event.step === 2) checkpoint = trainer.checkpoint();
    const whole = await weightsOf(start);
    const other = await loadTiny();
    const resumed = await Trainer.resume(other, (await checkpoint)!);
    for await (const _ of resumed.train());
    expect(changedNames(whole, await weightsOf(other))).toEqual([]);
    await Promise.all([start.dispose(), other.dispose()]);
  });

  it('refuses examples that it cannot read', () => {
    const wrong = options({ examples: [{ first: 'a' }] });
    expect(() => new Trainer(model, wrong)).toThrow(/examples\[0\] has no first and second text/);
    expect(() => new Trainer(model, options({ loss: 'nothing' }))).toThrow(
      /loss is "nothing".*cross-entropy/,
    );
  });
});
