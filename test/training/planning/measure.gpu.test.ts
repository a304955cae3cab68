import { describe, expect, it } from 'vitest';
import { AbortError, TabgradError } from '../../../src/errors.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { Trainer } from '../../../src/training/trainer.ts';
import { unheard } from '../../support/kernels.ts';
import { loadTiny } from '../../support/tinyModel.ts';
import {
  addHeads,
  changedNames,
  examples,
  freshTiny,
  held,
  quick,
  running,
  stepsOf,
  weightsOf,
} from '../../support/trainer.ts';
import { turns } from '../../support/waiting.ts';

/** With everything that a measured update could leave behind: dropout, moments, decay of unused words. */
const options: TrainerOptions = {
  ...{ examples, ...quick, epochs: 2, evaluation: { fraction: 0.25, everySteps: 2, details: true } },
  ...{ optimizer: 'adamw', weightDecay: 0.1, dropout: 0.1, clipNorm: 1 },
};

async function lossesOf(trainer: Trainer): Promise<number[]> {
  const events = [];
  for await (const event of trainer.train()) events.push(event);
  return stepsOf(events).map(({ loss }) => loss);
}

async function live(model: Awaited<ReturnType<typeof freshTiny>>) {
  const { liveBytes, liveBuffers } = await model.usage();
  return { liveBytes, liveBuffers };
}

describe('measure()', () => {
  it('leaves weights, memory and what comes after as without it, bit for bit', async () => {
    const model = await freshTiny();
    const straight = await lossesOf(new Trainer(model, options));
    const trained = await weightsOf(model);

    await freshTiny();
    const trainer = new Trainer(model, options);
    const start = await weightsOf(model);
    const before = await live(model);
    await trainer.measure();
    await trainer.measure();
    expect(await live(model)).toEqual(before);
    expect(model.core.isTraining).toBe(false);
    expect(model.core.leases).toBe(0);
    expect(changedNames(start, await weightsOf(model))).toEqual([]);
    expect(await lossesOf(trainer)).toEqual(straight);
    expect(changedNames(trained, await weightsOf(model))).toEqual([]);
  });

  it('counts the whole run: more epochs and evaluations take longer', async () => {
    const model = await freshTiny();
    const { stepSeconds, seconds } = await new Trainer(model, options).measure();
    expect(stepSeconds).toBeGreaterThan(0);
    // 18 texts in batches of 8: two and a quarter of them an epoch. Other work on the machine changes both alike.
    expect(seconds).toBeGreaterThan(3 * stepSeconds);
    const long = await new Trainer(model, { ...options, epochs: 2000 }).measure();
    expect(long.seconds).toBeGreaterThan(2000 * 2 * long.stepSeconds);
  });

  it('is in seconds: an update takes less than its measuring, and more than a tenth of a millisecond', async () => {
    const model = await freshTiny();
    const since = performance.now();
    const { stepSeconds } = await new Trainer(model, { ...options, epochs: 10 }).measure();
    expect(stepSeconds).toBeLessThan((performance.now() - since) / 1000);
    expect(stepSeconds).toBeGreaterThan(1e-4);
  });

  it('is refused while this trainer or another one trains the model, and the run goes on', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const { steps, ended } = await held(trainer);
    await expect(trainer.measure()).rejects.toThrow(/measure\(\): this trainer is running already/);
    const other = new Trainer(model, options);
    await expect(other.measure()).rejects.toThrow(/measure\(\): another trainer is training this model/);
    trainer.resume();
    await ended;
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    // And afterwards it works.
    await other.measure();
  });

  it('refuses a run of its trainer meanwhile, and is no trouble to another', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const measuring = trainer.measure();
    await expect(running(trainer).ended).rejects.toThrow(/train\(\): this trainer is measuring/);
    await expect(trainer.measure()).rejects.toThrow(TabgradError);
    const { steps, ended } = running(new Trainer(model, options));
    await Promise.all([ended, measuring]);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('stops by the signal, at once or on its way, and can be called again', async () => {
    const model = await freshTiny();
    const before = await live(model);
    const trainer = new Trainer(model, options);
    const reasons = await unheard(async () => {
      await expect(trainer.measure({ signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
      for (const wait of [0, 1, 20]) {
        const controller = new AbortController();
        const measuring = trainer.measure({ signal: controller.signal });
        await turns(wait);
        controller.abort();
        const error = await measuring.catch((thrown: unknown) => thrown);
        if (wait === 0) expect(error).toBeInstanceOf(AbortError);
        expect(await live(model)).toEqual(before);
      }
    });
    expect(reasons).toEqual([]);
    expect((await trainer.measure()).seconds).toBeGreaterThan(0);
    await running(trainer).ended;
  });

  it('ends with a named error when the model is disposed of', async () => {
    const model = await loadTiny();
    addHeads(model);
    const trainer = new Trainer(model, options);
    const { submits } = await model.usage();
    const measuring = trainer.measure();
    await expect.poll(() => model.core.engine.usage().submits, { interval: 1 }).toBeGreaterThan(submits);
    await model.dispose();
    await expect(measuring).rejects.toThrow(TabgradError);
    await expect(trainer.measure()).rejects.toThrow(/disposed/);
  });
});

describe('plan()', () => {
  it('counts examples and steps', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    const plan = await trainer.plan();
    expect(plan).toMatchObject({ trainingExamples: 18, heldOutExamples: 6, totalSteps: 6 });
    expect(trainer.totalSteps).toBe(6);
  });

  it('and what comes after it tokenize each text once', async () => {
    const model = await freshTiny();
    const { tokenizer } = model.core.folder;
    const given: string[] = [];
    const { encode } = tokenizer;
    tokenizer.encode = (text, maxLength) => {
      given.push(text);
      return encode.call(tokenizer, text, maxLength);
    };
    try {
      const twice = [...examples, ...examples];
      const trainer = new Trainer(model, { ...options, examples: twice });
      await trainer.plan();
      await trainer.measure();
      await trainer.plan();
      await running(trainer).ended;
    } finally {
      tokenizer.encode = encode;
    }
    expect(given.sort()).toEqual(examples.map(({ text }) => text).sort());
  });

  it('lets messages through while it tokenizes', async () => {
    const model = await freshTiny();
    const many = Array.from({ length: 6000 }, (_, i) => ({
      text: `${examples[i % 24]!.text} number ${i}`,
      labels: examples[i % 24]!.labels,
    }));
    const trainer = new Trainer(model, { examples: many, batchSize: 64, epochs: 1 });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await trainer.plan();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
