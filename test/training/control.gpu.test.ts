import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/errors.ts';
import type { TrainingEvent } from '../../src/training/events.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { unheard } from '../support/kernels.ts';
import {
  changedNames,
  examples,
  freshTiny,
  moment,
  quick,
  running,
  soon,
  weightsOf,
} from '../support/trainer.ts';

const options = { examples, ...quick, epochs: 2 };
/** Six updates: three an epoch. */
const all = [1, 2, 3, 4, 5, 6];
/** Waits for as many steps as are to come, and then whether one more comes. */
async function untilOnly(steps: readonly number[], count: number): Promise<void> {
  for (let i = 0; steps.length < count && i < 500; i += 1) await moment(10);
  await moment();
  expect(steps).toEqual(all.slice(0, count));
}

describe('pause, step and resume', () => {
  it('pauses before the first step, takes one for each step(), and goes on', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    trainer.pause();
    const { steps, ended } = running(trainer);
    await untilOnly(steps, 0);
    trainer.step();
    await untilOnly(steps, 1);
    trainer.step();
    trainer.step();
    await untilOnly(steps, 3);
    trainer.resume();
    await soon(ended);
    expect(steps).toEqual(all);
  });

  it('pauses in the middle: what is under way is told, nothing more happens', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const seen: number[] = [];
    const ended = (async () => {
      for await (const event of trainer.train()) {
        if (event.type !== 'step') continue;
        seen.push(event.step);
        if (event.step === 2) trainer.pause();
      }
    })();
    while (seen.length < 2) await moment(10);
    await moment();
    const told = [...seen];
    expect(told.at(-1)).toBeLessThanOrEqual(3);
    const before = await weightsOf(model);
    await moment();
    expect(seen).toEqual(told);
    expect(changedNames(before, await weightsOf(model))).toEqual([]);
    trainer.resume();
    await soon(ended);
    expect(seen).toEqual(all);
  });

  it('forgets steps that were asked for before it was paused again; step() alone does nothing', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    trainer.step();
    trainer.pause();
    const { steps, ended } = running(trainer);
    await moment();
    expect(steps).toEqual([]);
    trainer.resume();
    trainer.resume();
    await soon(ended);
    expect(steps).toEqual(all);
  });

  it('makes the same weights with pauses as without', async () => {
    const model = await freshTiny();
    await soon(running(new Trainer(model, options)).ended);
    const straight = await weightsOf(model);
    await freshTiny();
    const trainer = new Trainer(model, options);
    trainer.pause();
    const { steps, ended } = running(trainer);
    for (const step of all) {
      trainer.step();
      while (steps.length < step) await moment(5);
    }
    trainer.resume();
    await soon(ended);
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
    await expect(soon(ended)).rejects.toThrow(AbortError);
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
    await moment();
    controller.abort();
    await expect(soon(ended)).rejects.toThrow(AbortError);
    await expect(soon(running(trainer, controller.signal).ended)).rejects.toThrow(AbortError);
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
    await soon(ended);
    expect(steps).toEqual(all);
  });

  it('or not: a run to its end gives all memory back too, time and again', async () => {
    const before = await live();
    const model = await freshTiny();
    for (let run = 0; run < 3; run += 1) {
      await soon(running(new Trainer(model, { ...options, evaluation: examples.slice(0, 4) })).ended);
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
      const { ended } = running(new Trainer(model, options), controller.signal);
      setTimeout(() => controller.abort(), 20);
      await ended.catch(() => {});
    });
    expect(reasons).toEqual([]);
  });
});
