import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/errors.ts';
import type { TrainingEvent } from '../../src/training/events.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { unheard } from '../support/kernels.ts';
import { changedNames, examples, freshTiny, quick, running, weightsOf } from '../support/trainer.ts';
import { turns } from '../support/waiting.ts';

const options = { examples, ...quick, epochs: 2 };
/** Six updates: three an epoch. */
const all = [1, 2, 3, 4, 5, 6];

/** That a run takes so many steps, and no further one. */
async function expectOnly({ steps, taken }: ReturnType<typeof running>, count: number): Promise<void> {
  await taken(count);
  await turns();
  expect(steps).toEqual(all.slice(0, count));
}

describe('pause, step and resume', () => {
  it('pauses before the first step, takes one for each step(), and goes on', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    trainer.pause();
    const run = running(trainer);
    await expectOnly(run, 0);
    trainer.step();
    await expectOnly(run, 1);
    trainer.step();
    trainer.step();
    await expectOnly(run, 3);
    trainer.resume();
    await run.ended;
    expect(run.steps).toEqual(all);
  });

  it('pauses in the middle: what is under way is told, nothing more happens', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const { steps, ended, taken } = running(trainer, undefined, (step) => {
      if (step === 2) trainer.pause();
    });
    await taken(3);
    const before = await weightsOf(model);
    await turns();
    expect(steps).toEqual([1, 2, 3]);
    expect(changedNames(before, await weightsOf(model))).toEqual([]);
    trainer.resume();
    await ended;
    expect(steps).toEqual(all);
  });

  it('forgets steps that were asked for before it was paused again; step() alone does nothing', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    trainer.step();
    trainer.pause();
    const run = running(trainer);
    await expectOnly(run, 0);
    trainer.resume();
    trainer.resume();
    await run.ended;
    expect(run.steps).toEqual(all);
  });

  it('makes the same weights with pauses as without', async () => {
    const model = await freshTiny();
    await running(new Trainer(model, options)).ended;
    const straight = await weightsOf(model);
    await freshTiny();
    const trainer = new Trainer(model, options);
    trainer.pause();
    const { ended, taken } = running(trainer);
    for (const step of all) {
      trainer.step();
      await taken(step);
    }
    trainer.resume();
    await ended;
    expect(changedNames(straight, await weightsOf(model))).toEqual([]);
  });
});

describe('ending early', () => {
  const live = async () => {
    const model = await freshTiny();
    await model.core.engine.commands.submit();
    const { liveBytes, liveBuffers } = await model.usage();
    return { liveBytes, liveBuffers };
  };

  it('by the signal: an AbortError, what was learned stays, all memory comes back', async () => {
    const before = await live();
    const model = await freshTiny();
    const start = await weightsOf(model);
    const controller = new AbortController();
    const seen: TrainingEvent[] = [];
    const ended = (async () => {
      for await (const event of new Trainer(model, options).train({ signal: controller.signal })) {
        seen.push(event);
        if (seen.length === 2) controller.abort();
      }
    })();
    await expect(ended).rejects.toThrow(AbortError);
    expect(seen.length).toBeLessThan(4);
    const kept = await weightsOf(model);
    expect(changedNames(start, kept)).toContain('encoder.layer.0.output.dense.weight');
    const { liveBytes, liveBuffers } = await model.usage();
    expect({ liveBytes, liveBuffers }).toEqual(before);
    await model.predict(['the soup was great']);
    expect(changedNames(kept, await weightsOf(model))).toEqual([]);
  });

  it('by the signal while paused, and before it began', async () => {
    const before = await live();
    const model = await freshTiny();
    const controller = new AbortController();
    const trainer = new Trainer(model, options);
    trainer.pause();
    const { ended } = running(trainer, controller.signal);
    await turns();
    controller.abort();
    await expect(ended).rejects.toThrow(AbortError);
    await expect(running(trainer, controller.signal).ended).rejects.toThrow(AbortError);
    const { liveBytes, liveBuffers } = await model.usage();
    expect({ liveBytes, liveBuffers }).toEqual(before);
  });

  it('by leaving the loop: the same', async () => {
    const before = await live();
    const model = await freshTiny();
    const start = await weightsOf(model);
    const trainer = new Trainer(model, options);
    for await (const event of trainer.train()) if (event.type === 'step' && event.step === 2) break;
    const kept = await weightsOf(model);
    expect(changedNames(start, kept)).toContain('encoder.layer.0.output.dense.weight');
    const { liveBytes, liveBuffers } = await model.usage();
    expect({ liveBytes, liveBuffers }).toEqual(before);
    // And it can be started again.
    const { steps, ended } = running(trainer);
    await ended;
    expect(steps).toEqual(all);
  });

  it('or not: a run to its end gives all memory back too, time and again', async () => {
    const before = await live();
    const model = await freshTiny();
    for (let run = 0; run < 3; run += 1) {
      await running(new Trainer(model, { ...options, evaluation: examples.slice(0, 4) })).ended;
      const { liveBytes, liveBuffers } = await model.usage();
      expect({ liveBytes, liveBuffers }).toEqual(before);
    }
  });

  it('by an error of whoever listens: the same', async () => {
    const before = await live();
    const model = await freshTiny();
    const listening = async () => {
      for await (const { type } of new Trainer(model, { ...options, evaluation: examples }).train()) {
        throw new Error(`no room for ${type}`);
      }
    };
    await expect(listening()).rejects.toThrow('no room for evaluation');
    const { liveBytes, liveBuffers } = await model.usage();
    expect({ liveBytes, liveBuffers }).toEqual(before);
  });

  it('leaves no rejection unheard', async () => {
    const model = await freshTiny();
    const reasons = await unheard(async () => {
      for await (const event of new Trainer(model, options).train()) if (event.type === 'step') break;
      const controller = new AbortController();
      const { ended, taken } = running(new Trainer(model, options), controller.signal);
      await taken(1);
      controller.abort();
      await ended.catch(() => {});
    });
    expect(reasons).toEqual([]);
  });
});
