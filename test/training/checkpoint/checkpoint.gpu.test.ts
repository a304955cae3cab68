import { describe, expect, it } from 'vitest';
import { AbortError, CheckpointError, DivergedError, TabgradError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { checkTensors, openSealed, SealedDraft } from '../../../src/files/safetensors/sealed.ts';
import type { SentenceTransformer } from '../../../src/model/sentenceTransformer.ts';
import { readCheckpoint } from '../../../src/training/checkpoint/file.ts';
import type { TrainingEvent } from '../../../src/training/events.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { Trainer } from '../../../src/training/trainer.ts';
import { seededBert } from '../../support/seeded.ts';
import { loadTiny, tinyConfig, tinyFiles, tinyTensors } from '../../support/tinyModel.ts';
import {
  changedNames,
  examples,
  freshTiny,
  labels,
  quick,
  running,
  weightsOf,
} from '../../support/trainer.ts';
import { turns } from '../../support/waiting.ts';

/** Every other text has no sentiment, some none but it: heads that rest. */
const patchy = examples.map(({ text, labels }, i) => ({
  text,
  labels: i % 5 === 0 ? { sentiment: labels.sentiment } : i % 2 ? labels : { topic: labels.topic },
}));

const base: TrainerOptions = { examples: patchy, ...quick, batchSize: 5, epochs: 3 };

const cases: Record<string, TrainerOptions> = {
  'everything at once': {
    ...base,
    scenario: 'layer-wise',
    learningRate: undefined,
    weightDecay: 0.3,
    dropout: 0.2,
    accumulate: 2,
    clipNorm: 0.5,
    schedule: { kind: 'cosine', warmupSteps: 3 },
    evaluation: { fraction: 0.25, everySteps: 2, details: true },
    earlyStopping: { metric: 'macroF1', patience: 9 },
    taskWeights: { topic: 2 },
    noDecay: [/\.bias$/],
    seed: 7,
  },
  'decay that is owed from the first step to the last': {
    ...base,
    optimizer: 'adamw',
    weightDecay: 0.5,
    dropout: 0.1,
  },
  'decay of all rows with Adam': { ...base, optimizer: 'adam', weightDecay: 0.1, batchSize: 12 },
  'Adam without decay, in batches of three': { ...base, batchSize: 8, accumulate: 3 },
  'heads only': { ...base, scenario: 'heads-only', learningRate: 0.05 },
  'the top layer, frozen by patterns': {
    ...base,
    scenario: {
      name: 'mine',
      frozen: [/^embeddings/g, 'encoder.layer.0.*', 'pooler.*'],
      learningRate: [
        ['*', 1e-3],
        [/^heads/, 1e-2],
      ],
      optimizer: 'adamw',
    },
    schedule: { kind: 'linear', warmupSteps: 2 },
  },
  'early stopping': {
    ...base,
    scenario: 'heads-only',
    learningRate: 0.5,
    epochs: 20,
    evaluation: examples.slice(0, 6),
    earlyStopping: { metric: 'accuracy', patience: 3 },
  },
};

/** Events without what only a clock says. */
const told = (events: readonly TrainingEvent[]) =>
  events.map((event) => (event.type === 'step' ? { ...event, textsPerSecond: 0 } : event));

const bare = (events: readonly TrainingEvent[]) =>
  told(events).map((event) => {
    const { heldOut: _, ...rest } = event as TrainingEvent & { heldOut?: unknown };
    return rest;
  });

/** All numbers of a checkpoint by name, as bits. */
async function bitsOf(checkpoint: Blob): Promise<Record<string, string>> {
  const file = await openSafetensors(checkpoint);
  const names = [...file.tensors.keys()].filter((name) => !name.startsWith('run/')).sort();
  const entries: [string, string][] = [];
  for (const name of names) entries.push([name, Buffer.from(await file.bytes(name)).toString('base64')]);
  const { savedAt: _, ...state } = JSON.parse(file.metadata.state!);
  return { ...Object.fromEntries(entries), state: JSON.stringify(state) };
}

/** Runs a trainer to its end: what it says, the weights after it, and all numbers before it gives them back. */
async function ended(trainer: Trainer, model: SentenceTransformer) {
  const events: TrainingEvent[] = [];
  let last: Blob | undefined;
  for await (const event of trainer.train()) {
    events.push(event);
    if (event.type === 'done') last = await trainer.checkpoint();
  }
  return { events, weights: await weightsOf(model), bits: await bitsOf(last!) };
}

/** A checkpoint that is taken while the event of a step is handled, and with it the run is left. */
async function leftAt(
  step: number,
  options: TrainerOptions,
): Promise<{ saved: Blob; seen: TrainingEvent[] }> {
  const trainer = new Trainer(await freshTiny(), options);
  const seen: TrainingEvent[] = [];
  for await (const event of trainer.train()) {
    seen.push(event);
    if (event.type === 'step' && event.step === step) return { saved: await trainer.checkpoint(), seen };
  }
  throw new Error(`the run had no step ${step}`);
}

/** The model as it is after a load: no heads, the weights of its files. */
async function likeLoaded(): Promise<SentenceTransformer> {
  const model = await freshTiny();
  for (const { name } of model.heads()) model.removeHead(name);
  return model;
}

describe.each(Object.entries(cases))('%s', (_, options) => {
  it('goes on from a checkpoint with the bits of a run that was never stopped', async () => {
    const model = await freshTiny();
    const whole = await ended(new Trainer(model, options), model);
    const steps = whole.events.filter(({ type }) => type === 'step').length;
    expect(steps).toBeGreaterThan(2);
    for (const stop of new Set([1, Math.ceil(steps / 2), steps - 1, steps])) {
      const { saved, seen } = await leftAt(stop, options);
      const again = await likeLoaded();
      const resumed = await Trainer.resume(again, saved);
      expect(resumed.totalSteps).toBe(
        (whole.events.find(({ type }) => type === 'step') as { totalSteps: number }).totalSteps,
      );
      const rest = await ended(resumed, again);
      // The stop's next step may have been under way: the history has it.
      expect(resumed.history.length).toBeGreaterThanOrEqual(seen.length);
      expect([...bare(resumed.history as TrainingEvent[]), ...bare(rest.events)]).toEqual(bare(whole.events));
      expect(told(rest.events)).toEqual(told(whole.events).slice(-rest.events.length));
      expect(changedNames(whole.weights, rest.weights)).toEqual([]);
      expect(rest.bits).toEqual(whole.bits);
    }
  });
});

const hard = cases['everything at once']!;

describe('a checkpoint', () => {
  it('may be taken at any time: the run takes no notice, and each leads to the same end', async () => {
    const model = await freshTiny();
    const whole = await ended(new Trainer(model, hard), model);
    await freshTiny();
    const trainer = new Trainer(model, hard);
    const taken: Promise<Blob>[] = [];
    let last: Blob | undefined;
    const events: TrainingEvent[] = [];
    for await (const event of trainer.train()) {
      events.push(event);
      taken.push(trainer.checkpoint());
      if (event.type === 'done') last = await trainer.checkpoint();
      if (events.length % 2) await turns();
    }
    expect(told(events)).toEqual(told(whole.events));
    expect(await bitsOf(last!)).toEqual(whole.bits);
    expect(taken.length).toBeGreaterThan(10);
    for (const saved of await Promise.all(taken)) {
      const again = await likeLoaded();
      const rest = await ended(await Trainer.resume(again, saved), again);
      expect(rest.bits).toEqual(whole.bits);
    }
  });

  it('is of one moment though the model is read meanwhile, which settles what is owed', async () => {
    const options = cases['decay that is owed from the first step to the last']!;
    const { saved } = await leftAt(4, options);
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    for await (const event of trainer.train()) {
      if (event.type !== 'step' || event.step !== 4) continue;
      const taking = trainer.checkpoint();
      await model.predict(['the soup was great']);
      const bits = await bitsOf(await taking);
      expect(bits).toEqual(await bitsOf(saved));
      expect(JSON.parse(bits.state!).owesDecay).toBe(true);
      // And what was settled is settled for good.
      expect(JSON.parse((await bitsOf(await trainer.checkpoint())).state!).owesDecay).toBe(false);
      break;
    }
  });

  it('of more than is read at a time is of one moment too, whatever goes on meanwhile', async () => {
    const config = { ...tinyConfig, hidden_size: 160 };
    const tensors = [...seededBert(config)].map(([name, { shape, data }]) => ({
      name,
      dtype: 'F32',
      shape: [...shape],
      bytes: new Uint8Array(data.buffer),
    }));
    const files = tinyFiles(tensors, { 'config.json': config });
    const options = {
      ...cases['decay that is owed from the first step to the last']!,
      heads: { topic: { labels: labels.topic }, sentiment: { labels: labels.sentiment } },
      epochs: 1,
    };
    let model = await loadTiny(files);
    const whole = await ended(new Trainer(model, options), model);
    const taken: Blob[] = [];
    for (const meddle of [async () => {}, () => model.predict(['the soup was great'])]) {
      await model.dispose();
      model = await loadTiny(files);
      const trainer = new Trainer(model, options);
      let taking: Promise<Blob> | undefined;
      for await (const event of trainer.train()) {
        if (event.type !== 'step' || event.step !== 2) continue;
        taking = trainer.checkpoint();
        taking.catch(() => {});
        await meddle();
      }
      taken.push(await taking!);
    }
    expect(taken[0]!.size).toBeGreaterThan(20 * 2 ** 20);
    expect(await bitsOf(taken[1]!)).toEqual(await bitsOf(taken[0]!));
    await model.dispose();
    model = await loadTiny(files);
    const rest = await ended(await Trainer.resume(model, taken[0]!), model);
    expect(rest.bits).toEqual(whole.bits);
    await model.dispose();
  });

  it('of a run that is planned and timed first is the same', async () => {
    const model = await freshTiny();
    const whole = await ended(new Trainer(model, hard), model);
    const { saved } = await leftAt(3, hard);
    const again = await likeLoaded();
    const trainer = await Trainer.resume(again, saved);
    expect((await trainer.plan()).totalSteps).toBe(trainer.totalSteps);
    expect((await trainer.measure()).seconds).toBeGreaterThan(0);
    expect(again.heads()).toEqual([]);
    expect((await ended(trainer, again)).bits).toEqual(whole.bits);
  });

  it('is taken while paused, and at the moment of a stop', async () => {
    const model = await freshTiny();
    const whole = await ended(new Trainer(model, hard), model);
    await freshTiny();
    const controller = new AbortController();
    const trainer = new Trainer(model, hard);
    trainer.pause();
    const { steps, taken, ended: end } = running(trainer, controller.signal);
    for (const step of [1, 2, 3]) {
      trainer.step();
      await taken(step);
    }
    const [paused, stopped] = [trainer.checkpoint(), trainer.checkpoint()];
    controller.abort();
    await expect(end).rejects.toThrow(AbortError);
    for (const saved of [await paused, await stopped]) {
      const again = await likeLoaded();
      const resumed = await Trainer.resume(again, saved);
      expect(resumed.history.at(-1)).toMatchObject({ step: steps.at(-1) });
      expect((await ended(resumed, again)).bits).toEqual(whole.bits);
    }
    await expect(trainer.checkpoint()).rejects.toThrow(TabgradError);
  });

  it('is resumed, stopped, resumed again, and as often as one likes', async () => {
    const model = await freshTiny();
    const whole = await ended(new Trainer(model, hard), model);
    let { saved } = await leftAt(1, hard);
    for (let i = 0; i < 3; i += 1) {
      const again = await likeLoaded();
      const trainer = await Trainer.resume(again, saved);
      for await (const { type } of trainer.train()) {
        if (type !== 'step') continue;
        saved = await trainer.checkpoint();
        break;
      }
    }
    const again = await likeLoaded();
    const trainer = await Trainer.resume(again, new Uint8Array(await saved.arrayBuffer()));
    expect((await ended(trainer, again)).bits).toEqual(whole.bits);
    expect((await ended(trainer, again)).bits).toEqual(whole.bits);
  });

  it('gives the model its weights and heads whatever has become of it', async () => {
    const model = await freshTiny();
    const before = new Trainer(model, { ...base, scenario: 'top-layers', epochs: 1 });
    for await (const _ of before.train());
    const trained = await weightsOf(model);
    // What an earlier run has trained is in the checkpoint of one that trains less.
    const options = cases['heads only']!;
    const trainer = new Trainer(model, options);
    let saved: Blob | undefined;
    for await (const { type } of trainer.train()) if (type === 'step') saved ??= await trainer.checkpoint();
    const end = await weightsOf(model);
    expect(changedNames(trained, end).every((name) => name.startsWith('heads.'))).toBe(true);
    for await (const _ of new Trainer(model, { ...base, epochs: 1 }).train());
    model.removeHead('topic');
    model.addHead('sentiment', { labels: ['other', 'labels', 'here'] });
    model.addHead('extra', { labels: ['a', 'b'] });
    const resumed = await Trainer.resume(model, saved!);
    for await (const _ of resumed.train());
    expect(model.heads().map(({ name }) => name)).toEqual(['topic', 'sentiment']);
    expect(changedNames(end, await weightsOf(model))).toEqual([]);
  });

  it('tells what it is of without a model; the options are as they were given', async () => {
    const options = cases['the top layer, frozen by patterns']!;
    const began = Date.now();
    const { saved } = await leftAt(2, options);
    const content = await readCheckpoint(saved);
    expect(content.savedAt).toBeGreaterThanOrEqual(began);
    expect(content.savedAt).toBeLessThanOrEqual(Date.now());
    expect(content.options).toEqual({ ...options, examples: JSON.parse(JSON.stringify(options.examples)) });
    expect(content.heads.map(({ name }) => name)).toEqual(['topic', 'sentiment']);
    expect(content).toMatchObject({ step: 3, totalSteps: 15 });
    expect(content.history.map(({ step }) => step)).toEqual([1, 2, 3]);
    // Frozen weights are not in it.
    const names = [...(await openSafetensors(saved)).tensors.keys()];
    expect(names.some((name) => name.startsWith('encoder.layer.1.'))).toBe(true);
    expect(names.some((name) => name.startsWith('encoder.layer.0.'))).toBe(false);
  });

  it('leaves no memory behind', async () => {
    const model = await freshTiny();
    const { liveBytes, liveBuffers } = await model.usage();
    await leftAt(4, cases['decay that is owed from the first step to the last']!);
    await model.core.engine.commands.submit();
    expect(await model.usage()).toMatchObject({ liveBytes, liveBuffers });
  });

  it('of a run that has diverged is none', async () => {
    const trainer = new Trainer(await freshTiny(), { ...base, learningRate: 1e30 });
    let failure: unknown;
    const events = trainer.train();
    try {
      for await (const { type } of events)
        if (type === 'step') await trainer.checkpoint().catch((error) => (failure = error));
    } catch (error) {
      expect(error).toBeInstanceOf(DivergedError);
    }
    expect(failure).toBeInstanceOf(DivergedError);
  });
});

describe('a checkpoint that does not work', () => {
  const reasonOf = async (model: SentenceTransformer, checkpoint: Blob) => {
    const heads = model.heads();
    const before = await weightsOf(model);
    const error = await Trainer.resume(model, checkpoint).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(changedNames(before, await weightsOf(model))).toEqual([]);
    expect(model.heads()).toEqual(heads);
    return { reason: error.reason, message: error.message as string };
  };
  const remade = async (saved: Blob, change: (metadata: Record<string, string>) => object, drop = '') => {
    const file = await openSealed(saved, 'it');
    const draft = new SealedDraft();
    for (const [name, { dtype, shape }] of file.tensors)
      if (name !== drop) await draft.add({ name, dtype, shape }, await file.bytes(name));
    const { sums: _, sha256: __, ...metadata } = file.metadata;
    return draft.finish({ ...metadata, ...change(metadata) });
  };
  const inState =
    (change: object) =>
    ({ state }: Record<string, string>) => ({
      state: JSON.stringify({ ...JSON.parse(state!), ...change }),
    });

  it('is damaged, cut, empty or another file: it says so, and the model is as before', async () => {
    const { saved } = await leftAt(2, cases['heads only']!);
    const model = await freshTiny();
    await checkTensors(saved, await openSealed(saved, 'it'), 'it');
    const bytes = new Uint8Array(await saved.arrayBuffer());
    for (let i = 0; i < 40; i += 1) {
      const at = Math.floor((bytes.length * i) / 40);
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << (i % 8);
      expect(await reasonOf(model, new Blob([flipped]))).toMatchObject({ reason: 'damaged' });
    }
    for (const part of [0, 7, 100, bytes.length - 1]) {
      expect(await reasonOf(model, saved.slice(0, part))).toMatchObject({ reason: 'damaged' });
    }
    const weights = new Blob([tinyFiles()['model.safetensors'] as Uint8Array<ArrayBuffer>]);
    expect((await reasonOf(model, weights)).message).toMatch(/no checkpoint/);
    expect(await reasonOf(model, null as unknown as Blob)).toMatchObject({ reason: 'damaged' });
  });

  it('is of another version, or says what does not fit together', async () => {
    const { saved } = await leftAt(2, cases['heads only']!);
    const model = await freshTiny();
    expect(await reasonOf(model, await remade(saved, () => ({ tabgradCheckpoint: '9' })))).toEqual({
      reason: 'version',
      message: expect.stringMatching(/version 9.*reads version 1/s),
    });
    const wrong = [
      await remade(saved, inState({ step: -1 })),
      await remade(saved, inState({ totalSteps: 16 })),
      await remade(saved, inState({ heads: null })),
      await remade(saved, inState({ changed: ['nothing'] })),
      await remade(saved, inState({ kernels: { adapter: 'some', choice: { attention: 7 } } })),
      await remade(saved, inState({ settings: { ...cases['heads only'], examples: [], epochs: 'many' } })),
      await remade(saved, () => ({ state: '{' })),
      await remade(saved, () => ({}), 'adam/m/heads.topic.weight'),
      await remade(saved, () => ({}), 'heads.topic.bias'),
      await remade(saved, () => ({}), 'run/texts.json'),
    ];
    for (const checkpoint of wrong)
      expect(await reasonOf(model, checkpoint)).toMatchObject({ reason: 'damaged' });
    // Remade without a change it works.
    await Trainer.resume(model, await remade(saved, () => ({})));
    // As tabgrad 0.1.0 wrote it.
    await Trainer.resume(model, await remade(saved, inState({ kernels: undefined })));
  });

  it('is of another model', async () => {
    const { saved } = await leftAt(2, cases['heads only']!);
    const tensors = tinyTensors();
    const other = tensors.find(({ name }) => name.endsWith('layer.1.output.dense.weight'))!;
    other.bytes = other.bytes.slice();
    other.bytes[1]! ^= 1;
    const model = await loadTiny(tinyFiles(tensors));
    expect(await reasonOf(model, saved)).toEqual({
      reason: 'model',
      message: expect.stringMatching(/weights are others.*Load the model that the run began with/s),
    });
    await model.dispose();
  });
});
