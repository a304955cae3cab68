import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Trainer } from '../../../src/training/trainer.ts';
import { loadTiny } from '../../support/tinyModel.ts';
import { examples, labels, quick, stepsOf } from '../../support/trainer.ts';
import { pretend } from '../../support/variants.ts';

const model = await loadTiny();
const { engine } = model.core;
const own = { ...engine.adapter };

/** What a run says from its beginning, or goes on to say from a checkpoint; and a checkpoint after its second step. */
async function runOf(trainer: Trainer): Promise<{ losses: number[]; saved: Blob | undefined }> {
  let saved: Blob | undefined;
  const events = [];
  for await (const event of trainer.train()) {
    events.push(event);
    if (event.type === 'step' && event.step === 2) saved = await trainer.checkpoint();
  }
  return { losses: stepsOf(events).map(({ loss }) => loss), saved };
}

beforeEach(() => {
  pretend(engine, own);
});
afterAll(() => model.dispose());

describe('a run that is resumed', () => {
  const heads = { topic: { labels: labels.topic }, sentiment: { labels: labels.sentiment } };
  const begin = () => runOf(new Trainer(model, { examples, ...quick, heads, epochs: 1 }));

  it('uses the kernels that it began with, to the last bit, though the rule picks others now', async () => {
    pretend(engine, { isSoftware: false });
    const { losses, saved } = await begin();
    expect(engine.choice).toMatchObject({ 'gemm.NT': 'tile', attention: 'tile', weightGradients: 'tile' });

    pretend(engine, { isSoftware: true });
    const rest = await runOf(await Trainer.resume(model, saved!));
    expect(engine.choice).toMatchObject({ 'gemm.NT': 'tile', attention: 'tile', weightGradients: 'tile' });
    expect(rest.losses).toEqual(losses.slice(2));
  });

  it('uses those of the rule where the adapter cannot run them, or is another', async () => {
    pretend(engine, { isSoftware: true, subgroupSize: own.subgroupSize });
    engine.choice = { 'gemm.NT': 'gone', 'gemm.NN': 'tile' };
    const { losses, saved } = await begin();
    expect(engine.choice['gemm.NT']).not.toBe('gone');

    pretend(engine, { subgroupSize: 0 });
    const rest = await runOf(await Trainer.resume(model, saved!));
    expect(engine.choice).toMatchObject({
      'gemm.NT': 'register',
      'gemm.NN': 'tile',
      weightGradients: 'separate',
    });
    expect(rest.losses).toHaveLength(losses.length - 2);
    for (const [i, loss] of rest.losses.entries()) expect(loss).toBeCloseTo(losses[i + 2]!, 5);

    pretend(engine, { subgroupSize: 0, description: 'another' });
    await runOf(await Trainer.resume(model, saved!));
    expect(engine.choice).toMatchObject({ 'gemm.NT': 'register', 'gemm.NN': 'register' });
  });
});
