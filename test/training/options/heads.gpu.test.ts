import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../../src/errors.ts';
import { Trainer } from '../../../src/training/trainer.ts';
import type { HeadOptions } from '../../../src/types.ts';
import {
  changedNames,
  evaluationsOf,
  eventsOf,
  examples,
  freshTiny,
  labels,
  quick,
  stepsOf,
  weightsOf,
} from '../../support/trainer.ts';

const texts = ['the soup was great', 'the screen was awful'];

/** What the model is, bit for bit. */
async function stateOf(model: Awaited<ReturnType<typeof freshTiny>>) {
  const { liveBytes, liveBuffers } = await model.usage();
  return { heads: model.heads(), weights: await weightsOf(model), memory: { liveBytes, liveBuffers } };
}

describe('heads that the run needs', () => {
  const mood = { labels: ['calm', 'wild'], pooling: 'mean' } as const;
  const withMood = examples.map((example, i) => ({
    ...example,
    labels: { ...example.labels, mood: mood.labels[i % 2]! },
  }));

  it('are planned and measured without a change of the model, and made when the run begins', async () => {
    const model = await freshTiny();
    const before = await stateOf(model);
    const trainer = new Trainer(model, { examples: withMood, heads: { mood }, ...quick, epochs: 1 });
    expect(trainer.totalSteps).toBe(3);
    const { parameters, trainable } = await trainer.plan();
    expect(parameters.slice(-2)).toEqual([
      { name: 'heads.mood.weight', shape: [2, 32], rate: quick.learningRate },
      { name: 'heads.mood.bias', shape: [2], rate: quick.learningRate },
    ]);
    await trainer.measure();
    const after = await stateOf(model);
    expect(after.heads).toEqual(before.heads);
    expect(after.memory).toEqual(before.memory);
    expect(changedNames(before.weights, after.weights)).toEqual([]);

    for await (const event of trainer.train()) {
      if (event.type === 'step') expect(Object.keys(event.losses)).toEqual(['topic', 'sentiment', 'mood']);
    }
    expect(model.heads().map(({ name }) => name)).toEqual(['topic', 'sentiment', 'mood']);
    expect(model.heads()[2]).toEqual({ name: 'mood', ...mood });
    // The plan of then is the plan of now.
    expect((await trainer.plan()).trainable).toBe(trainable);
  });

  it('are the heads that addHead() makes: the same losses', async () => {
    const model = await freshTiny();
    const options = { examples: withMood, epochs: 2 };
    const given = { ...mood, seed: 5 };
    const planned = stepsOf(await eventsOf(model, { ...options, heads: { mood: given } }));
    await freshTiny();
    model.addHead('mood', given);
    const added = stepsOf(await eventsOf(model, options));
    expect(planned.map(({ loss }) => loss)).toEqual(added.map(({ loss }) => loss));
  });

  it('stay where the model has them with the same labels and pooling, weights too', async () => {
    const model = await freshTiny();
    const straight = await eventsOf(model, { epochs: 1 });
    await freshTiny();
    const heads = Object.fromEntries(
      Object.entries(labels).map(([name, names]): [string, HeadOptions] => [
        name,
        { labels: names, seed: 9 },
      ]),
    );
    const again = await eventsOf(model, { epochs: 1, heads });
    expect(stepsOf(again).map(({ loss }) => loss)).toEqual(stepsOf(straight).map(({ loss }) => loss));
  });

  it.each<[string, HeadOptions]>([
    ['other labels', { labels: ['food', 'sport', 'tech', 'art'] }],
    ['another order of the labels', { labels: ['food', 'sport', 'tech'] }],
    ['another pooling', { labels: labels.topic, pooling: 'mean' }],
  ])('with %s are made anew, and the old one answers until then', async (_, head) => {
    const model = await freshTiny();
    const { liveBytes } = await model.usage();
    const before = await model.predict(texts);
    const trainer = new Trainer(model, { examples, heads: { topic: head }, ...quick, epochs: 1 });
    await trainer.plan();
    await trainer.measure();
    expect(await model.predict(texts)).toEqual(before);
    for await (const event of trainer.train()) if (event.type === 'done') break;
    expect(model.heads().map(({ name }) => name)).toEqual(['topic', 'sentiment']);
    expect(model.heads()[0]).toEqual({ name: 'topic', labels: head.labels, pooling: head.pooling ?? 'cls' });
    // The old one is gone.
    const more = 4 * 32 * (head.labels.length - 3);
    expect(Math.abs((await model.usage()).liveBytes - liveBytes - more)).toBeLessThanOrEqual(256);
  });

  it('are enough for a model without any; once begun again they are its own', async () => {
    const model = await freshTiny();
    for (const name of Object.keys(labels)) model.removeHead(name);
    const heads = { topic: { labels: labels.topic }, sentiment: { labels: labels.sentiment } };
    const trainer = new Trainer(model, {
      examples,
      evaluation: { fraction: 0.25 },
      heads,
      ...quick,
      epochs: 1,
    });
    const losses: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      for await (const event of trainer.train())
        if (event.type === 'evaluation') losses.push(event.losses.topic! + event.losses.sentiment!);
    }
    expect(losses).toHaveLength(4);
    // The second run began where the first ended.
    expect(losses[2]).toBe(losses[1]);
  });

  it('are not made where the run is refused or stopped before it begins', async () => {
    const model = await freshTiny();
    const heads = { mood };
    const options = { examples: withMood, heads, ...quick };
    const stopped = new Trainer(model, options).train({ signal: AbortSignal.abort() });
    await expect(stopped.next()).rejects.toThrow(/abort/i);
    await expect(new Trainer(model, { ...options, eps: 1e-39 }).train().next()).rejects.toThrow(
      ArgumentError,
    );
    expect(model.heads().map(({ name }) => name)).toEqual(['topic', 'sentiment']);
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', ['topic'], /heads is a list of 1\. Pass heads by name/],
    ['one label', { mood: { labels: ['calm'] } }, /Trainer: heads: "mood" needs at least two labels/],
    ['no options', { mood: undefined }, /"mood" needs at least two labels/],
    ['a dot in the name', { 'a.b': mood }, /"a\.b" is no name for a head/],
    ['another pooling', { mood: { ...mood, pooling: 'max' } }, /pooling is "max"\. Use 'cls' or 'mean'/],
  ])('with %s are refused', async (_, heads, message) => {
    const model = await freshTiny();
    const making = () => new Trainer(model, { examples, heads: heads as Record<string, HeadOptions> });
    expect(making).toThrow(ArgumentError);
    expect(making).toThrow(message);
    const weight = new Float32Array(3);
    expect(() => new Trainer(model, { examples, heads: { mood: { ...mood, weight } } })).toThrow(ShapeError);
  });

  it('are what labels are resolved against', async () => {
    const model = await freshTiny();
    const heads = { topic: { labels: ['sport', 'tech'] } };
    expect(() => new Trainer(model, { examples, heads })).toThrow(/"food".*"sport" \(0\), "tech" \(1\)/);
    const events = await eventsOf(model, {
      examples: examples.slice(0, 8).map(({ text, labels: { sentiment } }, i) => ({
        text,
        labels: { sentiment, mood: i % 2 },
      })),
      evaluation: examples.slice(8, 12),
      heads: { mood },
      epochs: 1,
    });
    expect(Object.keys(evaluationsOf(events)[0]!.losses)).toEqual(['sentiment']);
  });
});
