import { describe, expect, it } from 'vitest';
import { ArgumentError, DivergedError } from '../../src/errors.ts';
import type { Example } from '../../src/training/options/examples.ts';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import { Trainer } from '../../src/training/trainer.ts';
import {
  changedNames,
  eventsOf,
  examples,
  freshTiny,
  labels,
  quick,
  stepsOf,
  weightsOf,
} from '../support/trainer.ts';

/** Memory in use once everything recorded is on its way. */
async function live() {
  const model = await freshTiny();
  await model.core.engine.commands.submit();
  const { liveBytes, liveBuffers } = await model.usage();
  return { liveBytes, liveBuffers };
}

async function failure(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a run that diverges', () => {
  it('stops at the first step when a head’s weight is NaN, and nothing else is touched', async () => {
    const before = await live();
    const model = await freshTiny();
    const weight = new Float32Array(3 * model.dimension).fill(Number.NaN);
    model.addHead('topic', { labels: labels.topic, weight });
    const start = await weightsOf(model);
    const error = await failure(eventsOf(model, { optimizer: 'adamw', epochs: 3 }));
    expect(error).toBeInstanceOf(DivergedError);
    expect(error).toMatchObject({ step: 1, message: /step 1\b.*not a finite number/ });
    expect(changedNames(start, await weightsOf(model))).toEqual([]);
    const { liveBytes } = await model.usage();
    expect(liveBytes).toBe(before.liveBytes);
  });

  it('says the step at which it did, and keeps the weights from before it', async () => {
    const model = await freshTiny();
    const run = { batchSize: 'all', learningRate: 1e20, epochs: 9, optimizer: 'adamw' } as const;
    const error = await failure(eventsOf(model, run));
    expect(error).toBeInstanceOf(DivergedError);
    const { step } = error as DivergedError;
    expect(step).toBeGreaterThan(1);
    const kept = await weightsOf(model);
    for (const [name, values] of kept) expect(values.every(Number.isFinite), name).toBe(true);
    // The same run, ended one step earlier.
    await freshTiny();
    await eventsOf(model, { ...run, epochs: step - 1 });
    expect(changedNames(kept, await weightsOf(model))).toEqual([]);
  });

  it('can be followed by one that does not', async () => {
    const model = await freshTiny();
    await failure(eventsOf(model, { batchSize: 'all', learningRate: 1e20, epochs: 9 }));
    await freshTiny();
    const steps = stepsOf(await eventsOf(model, { epochs: 1 }));
    expect(steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });
});

describe('bad options', () => {
  const oneClass = examples.map(({ text }) => ({ text, labels: { topic: 'sport' } }));
  const unknown: Example[] = [...examples, { text: 'la donna è mobile', labels: { topic: 'opera' } }];
  it.each<[string, Partial<TrainerOptions>, RegExp]>([
    ['an empty dataset', { examples: [] }, /examples is an empty list/],
    ['one class', { examples: oneClass }, /one class only for "topic": "sport"/],
    ['a label that is not in the list', { examples: unknown }, /examples\[24\].*"opera".*"sport" \(0\)/],
    ['a NaN rate', { learningRate: Number.NaN }, /learningRate is NaN/],
    ['a NaN rate of a pattern', { learningRate: [['*', Number.NaN]] }, /NaN is not a finite number/],
    ['an endless rate', { learningRate: Number.POSITIVE_INFINITY }, /learningRate is Infinity/],
    [
      'a pattern that matches nothing',
      { frozen: ['encoder.layer.7.*'] },
      /"encoder\.layer\.7\.\*" matches none.*encoder\.layer\./,
    ],
    ['a rate’s pattern that matches nothing', { learningRate: [['head.*', 1]] }, /"head\.\*" matches none/],
    ['noDecay that matches nothing', { noDecay: ['*.gamma'] }, /noDecay.*"\*\.gamma" matches none/],
    ['the scenario frozen', { scenario: 'frozen' }, /"frozen" trains nothing/],
    ['everything frozen', { frozen: ['*'] }, /trains nothing/],
    ['an unknown scenario', { scenario: 'half' as 'full' }, /"half" is none\. Use one of full/],
    ['a rate for some only', { learningRate: [['heads.*', 1e-3]] }, /no pattern gives a rate to embeddings/],
  ])('%s: is refused before anything is allocated', async (_, options, message) => {
    const before = await live();
    const model = await freshTiny();
    const making = () => new Trainer(model, { examples, ...quick, ...options });
    expect(making).toThrow(ArgumentError);
    expect(making).toThrow(message);
    const { liveBytes } = await model.usage();
    expect(liveBytes).toBe(before.liveBytes);
  });

  it('no head: addHead() is what helps', async () => {
    const model = await freshTiny();
    for (const { name } of model.heads()) model.removeHead(name);
    for (const scenario of ['heads-only', 'full'] as const) {
      expect(() => new Trainer(model, { examples, scenario })).toThrow(/Call addHead\(\)/);
    }
  });

  it('an eps that is 0 on a GPU is refused, and nothing stays behind', async () => {
    const before = await live();
    const model = await freshTiny();
    const error = await failure(eventsOf(model, { eps: 1e-39 }));
    expect(error).toBeInstanceOf(ArgumentError);
    const { liveBytes, liveBuffers } = await model.usage();
    expect({ liveBytes, liveBuffers }).toEqual(before);
  });
});

describe('odd but fine', () => {
  it('a batch larger than the data is all of it', async () => {
    const steps = stepsOf(await eventsOf(await freshTiny(), { batchSize: 1000, epochs: 2 }));
    expect(steps.map(({ step, epoch }) => [step, epoch])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('a text longer than the limit is cut where encode() cuts it', async () => {
    const model = await freshTiny();
    const limit = model.maxLength;
    const long = Array.from({ length: 200 }, (_, i) => (i % 2 ? 'goal' : 'match')).join(' ');
    const cut = long
      .split(' ')
      .slice(0, limit - 2)
      .join(' ');
    const loss = async (text: string) => {
      const model = await freshTiny();
      const given = [{ text, labels: { topic: 'sport' } }, ...examples.slice(2, 6)];
      return stepsOf(await eventsOf(model, { examples: given, batchSize: 'all', epochs: 1 }))[0]!.loss;
    };
    expect((await model.encode([long])).tokens).toEqual([limit]);
    expect(await loss(long)).toBe(await loss(cut));
    expect(await loss(cut)).not.toBe(await loss('goal'));
  });

  it('heads that are called like properties of Object', async () => {
    const model = await freshTiny();
    const odd = ['constructor', '__proto__', 'toString', '*', '{a,b'];
    for (const name of odd) model.addHead(name, { labels: ['yes', 'no'], seed: odd.indexOf(name) });
    const given = examples.slice(0, 6).map(({ text }, i) => ({
      text,
      labels: Object.fromEntries(odd.map((name, n) => [name, (i + n) % 2])),
    }));
    const before = await weightsOf(model, /^heads/);
    const events = await eventsOf(model, {
      examples: given,
      evaluation: given,
      epochs: 1,
      scenario: 'heads-only',
    });
    for (const event of events) {
      if (event.type !== 'done') expect(Object.entries(event.losses).map(([name]) => name)).toEqual(odd);
      if (event.type === 'evaluation') expect(Object.values(event.accuracy)).toHaveLength(odd.length);
    }
    const moved = changedNames(before, await weightsOf(model, /^heads/));
    expect(moved).toEqual(odd.flatMap((name) => [`heads.${name}.weight`, `heads.${name}.bias`]));
    expect(Object.entries(await model.predict(['soup'])).map(([name]) => name)).toEqual([
      ...Object.keys(labels),
      ...odd,
    ]);
  });

  it('empty texts and the same text twice', async () => {
    const given = [
      { text: '', labels: { topic: 'sport' } },
      { text: '', labels: { topic: 'tech' } },
      { text: 'soup', labels: { topic: 'food', sentiment: 0 } },
      { text: 'soup', labels: { topic: 'food', sentiment: 1 } },
    ];
    const steps = stepsOf(await eventsOf(await freshTiny(), { examples: given, epochs: 2, batchSize: 3 }));
    expect(steps.every(({ loss, gradientNorm }) => Number.isFinite(loss) && gradientNorm > 0)).toBe(true);
  });

  it('the padding token in a text trains nothing of its row', async () => {
    const given = [{ text: '[PAD] match [PAD]', labels: { topic: 'sport' } }, ...examples.slice(2, 6)];
    const model = await freshTiny();
    const words = 'embeddings.word_embeddings.weight';
    const before = await model.read(words);
    await eventsOf(model, { examples: given, epochs: 3 });
    const after = await model.read(words);
    expect(after.slice(0, 32)).toEqual(before.slice(0, 32));
    expect(changedNames(new Map([[words, before]]), new Map([[words, after]]))).toEqual([words]);
  });
});
