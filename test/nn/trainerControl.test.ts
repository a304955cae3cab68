import { describe, expect, it } from 'vitest';
import { AbortError, TabgradError } from '../../src/errors.ts';
import type { TrainingEvent } from '../../src/training/events.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { unheard } from '../gpu/support.ts';
import { loadTiny } from './tinyModel.ts';
import { addHeads, changedNames, examples, freshTiny, quick, weightsOf } from './trainerSupport.ts';

const options = { examples, ...quick, epochs: 2 };
/** Six updates: three an epoch. */
const all = [1, 2, 3, 4, 5, 6];
const moment = (ms = 120) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for as many steps as are to come, and then whether one more comes. */
async function untilOnly(steps: readonly number[], count: number): Promise<void> {
  for (let i = 0; steps.length < count && i < 500; i += 1) await moment(10);
  await moment();
  expect(steps).toEqual(all.slice(0, count));
}

/** Runs a trainer to its end and keeps what it says. */
function running(trainer: Trainer, signal?: AbortSignal) {
  const steps: number[] = [];
  const ended = (async () => {
    for await (const event of trainer.train({ signal })) if (event.type === 'step') steps.push(event.step);
  })();
  return { steps, ended };
}

/** Rejects where a promise is too slow: a test that hangs says so. */
function soon<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('still waiting')), 3000).unref();
  });
  return Promise.race([promise, late]);
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

describe('two at a time', () => {
  it('a second train() of a trainer is refused, and the first goes on', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    const { steps, ended } = running(trainer);
    await expect(soon(running(trainer).ended)).rejects.toThrow(TabgradError);
    await soon(ended);
    expect(steps).toEqual(all);
  });

  it('a second trainer of the model is refused, and the first goes on', async () => {
    const model = await freshTiny();
    const { steps, ended } = running(new Trainer(model, options));
    await moment(30);
    await expect(soon(running(new Trainer(model, options)).ended)).rejects.toThrow(TabgradError);
    await soon(ended);
    expect(steps).toEqual(all);
  });
});

describe('while it trains', () => {
  it('encode, predict and read give what the weights give, and change nothing', async () => {
    const model = await freshTiny();
    const run = { ...options, optimizer: 'adamw', weightDecay: 0.1 } as const;
    await soon(running(new Trainer(model, run)).ended);
    const straight = await weightsOf(model);

    await freshTiny();
    const trainer = new Trainer(model, run);
    const texts = ['the soup was great', 'an unrelated zebra'];
    const seen = new Set<string>();
    for await (const event of trainer.train()) {
      if (event.type !== 'step') continue;
      const [embeddings, { topic }] = await Promise.all([model.encode(texts), model.predict(texts)]);
      seen.add(embeddings.data.join());
      expect(topic!.probabilities.data.every((p) => p > 0 && p < 1)).toBe(true);
    }
    // The update after the one that is told is often done already.
    expect(seen.size).toBeGreaterThanOrEqual(4);
    expect([...seen].at(-1)).toBe((await model.encode(texts)).data.join());
    const after = await weightsOf(model);
    for (const [name, values] of straight) {
      if (name !== 'embeddings.word_embeddings.weight')
        expect(changedNames(new Map([[name, values]]), after)).toEqual([]);
    }
    // Rows that only decay do so in one multiplication or in several.
    const words = 'embeddings.word_embeddings.weight';
    const [one, several] = [straight.get(words)!, after.get(words)!];
    let furthest = 0;
    one.forEach((value, i) => {
      furthest = Math.max(furthest, Math.abs(several[i]! - value) / Math.max(Math.abs(value), 1e-6));
    });
    expect(furthest).toBeLessThan(1e-6);
  });

  it('a head that the run trains cannot be replaced', async () => {
    const model = await freshTiny();
    const seen: number[] = [];
    for await (const event of new Trainer(model, options).train()) {
      if (event.type !== 'step') continue;
      seen.push(event.step);
      if (event.step === 1) expect(() => addHeads(model)).toThrow(TabgradError);
    }
    expect(seen).toEqual(all);
  });

  it('a head that is new does not disturb the run', async () => {
    const model = await freshTiny();
    const { steps, ended } = running(new Trainer(model, options));
    await moment(30);
    model.addHead('mood', { labels: ['calm', 'wild'] });
    await soon(ended);
    expect(steps).toEqual(all);
  });
});

describe('a head added or replaced between the trainer and its run', () => {
  it('is said, or is no trouble', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    model.addHead('mood', { labels: ['calm', 'wild'] });
    const { steps, ended } = running(trainer);
    await soon(ended).catch((error: unknown) => expect(error).toBeInstanceOf(TabgradError));
    expect(steps.length === 0 || steps.length === all.length).toBe(true);
  });

  it('with fewer labels than the examples have is refused by name', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    model.addHead('topic', { labels: ['sport', 'tech'] });
    await expect(soon(running(trainer).ended)).rejects.toThrow(TabgradError);
  });
});

describe('disposing of the model', () => {
  it.each(['while it runs', 'while it is paused'])('%s ends the run with a named error', async (when) => {
    const model = await loadTiny();
    addHeads(model);
    const reasons = await unheard(async () => {
      const trainer = new Trainer(model, { ...options, epochs: 50 });
      const { steps, ended } = running(trainer);
      ended.catch(() => {});
      while (steps.length < 3) await moment(5);
      if (when === 'while it is paused') {
        trainer.pause();
        await moment();
      }
      await model.dispose();
      await expect(soon(ended)).rejects.toThrow(TabgradError);
      await expect(running(trainer).ended).rejects.toThrow(/disposed/);
      expect(() => new Trainer(model, options)).toThrow(/disposed/);
    });
    expect(reasons).toEqual([]);
  });
});
