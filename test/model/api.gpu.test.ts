import { describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, TabgradError } from '../../src/errors.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { CountOptions, EncodeOptions, ProgressEvent } from '../../src/types.ts';
import { unheard } from '../support/kernels.ts';
import { examples, freshTiny, quick } from '../support/trainer.ts';

const texts = Array.from({ length: 900 }, (_, i) => `${'word '.repeat(1 + ((i * 7) % 30))}${i}`);
const labels = ['calm', 'wild'];

describe('the progress of encode()', () => {
  it.each<[string, EncodeOptions]>([
    ['as it is', {}],
    ['cut and not normalized', { maxLength: 20, normalize: false, pooling: 'cls' }],
    ['with padding', { pooling: 'mean-with-padding' }],
  ])('brings every row once, at its text, %s', async (_, options) => {
    const model = await freshTiny();
    const events: Extract<ProgressEvent, { status: 'encode' }>[] = [];
    const { data } = await model.encode(texts, {
      ...options,
      onProgress: (event) => event.status === 'encode' && events.push(event),
    });
    const width = model.dimension;
    expect(events[0]).toEqual({
      status: 'encode',
      done: 0,
      total: texts.length,
      first: 0,
      rows: new Float32Array(0),
    });
    const told = new Float32Array(data.length).fill(Number.NaN);
    let done = 0;
    for (const event of events) {
      const count = event.rows.length / width;
      done += count;
      expect(event).toMatchObject({ done, total: texts.length });
      const place = told.subarray(event.first * width, event.first * width + event.rows.length);
      expect(place.every(Number.isNaN)).toBe(true);
      place.set(event.rows);
    }
    expect(events.length).toBeGreaterThan(2);
    expect(told).toEqual(data);
  });

  it('brings copies: what becomes of them does not change the result', async () => {
    const model = await freshTiny();
    const plain = await model.encode(texts.slice(0, 5));
    const { data } = await model.encode(texts.slice(0, 5), {
      onProgress: (event) => event.status === 'encode' && event.rows.fill(7),
    });
    expect(data).toEqual(plain.data);
  });
});

describe('countTokens()', () => {
  it('agrees with encode(), whatever the limit, and leaves the GPU alone', async () => {
    const model = await freshTiny();
    for (const maxLength of [undefined, 2, 9, 64]) {
      const { tokens: used, truncated } = await model.encode(texts, { maxLength });
      const { submits } = await model.usage();
      const { tokens, cuts } = await model.countTokens(texts, { maxLength });
      expect((await model.usage()).submits).toBe(submits);
      const limit = maxLength ?? model.maxLength;
      expect(tokens.map((count) => Math.min(count, limit))).toEqual(used);
      expect(cuts.flatMap((cut, i) => (cut === -1 ? [] : [i]))).toEqual(truncated);
    }
  });

  it('refuses what encode() refuses, in its own name', async () => {
    const model = await freshTiny();
    const count = (given: unknown, options?: unknown) =>
      model.countTokens(given as string[], options as CountOptions);
    await expect(count('text')).rejects.toThrow('countTokens(): texts is "text". Pass an array of strings.');
    await expect(count(['a', 7])).rejects.toMatchObject({ name: 'ArgumentError', position: 1 });
    await expect(count(['a'], null)).rejects.toThrow(ArgumentError);
    for (const maxLength of [1, 2.5, 65, Number.NaN, '8']) {
      await expect(count(['a'], { maxLength })).rejects.toThrow(/^countTokens\(\): maxLength is/);
    }
    await expect(count(['a'], { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortError);
  });
});

describe('heads()', () => {
  it('tells name, labels and pooling, in order; what is told is a copy', async () => {
    const model = await freshTiny();
    model.addHead('mood', { labels, pooling: 'mean' });
    const told = model.heads();
    expect(told).toEqual([
      { name: 'topic', labels: ['sport', 'tech', 'food'], pooling: 'cls' },
      { name: 'sentiment', labels: ['negative', 'positive'], pooling: 'cls' },
      { name: 'mood', labels, pooling: 'mean' },
    ]);
    told[0]!.labels.push('else');
    expect(model.heads()[0]!.labels).toHaveLength(3);
  });
});

describe('removeHead()', () => {
  it('takes the head and its parameters away and gives the memory back', async () => {
    const model = await freshTiny();
    const before = await model.usage();
    model.addHead('mood', { labels });
    model.removeHead('mood');
    expect((await model.usage()).liveBytes).toBe(before.liveBytes);
    model.removeHead('topic');
    expect((await model.usage()).liveBytes).toBeLessThan(before.liveBytes);
    expect(model.heads().map(({ name }) => name)).toEqual(['sentiment']);
    expect(model.parameters().some(({ name }) => name.startsWith('heads.topic'))).toBe(false);
    expect(Object.keys(await model.predict(['a text']))).toEqual(['sentiment']);
  });

  it('names the heads there are for one that is not there', async () => {
    const model = await freshTiny();
    expect(() => model.removeHead('mood')).toThrow(ArgumentError);
    expect(() => model.removeHead('mood')).toThrow(
      'removeHead(): there is no head "mood". The heads are "topic", "sentiment".',
    );
    model.removeHead('topic');
    model.removeHead('sentiment');
    expect(() => model.removeHead('topic')).toThrow('The model has none.');
  });

  it('leaves a prediction and a read that are under way as they are, and frees the memory with them', async () => {
    const model = await freshTiny();
    const expected = await model.predict(texts);
    const weight = await model.read('heads.topic.weight');
    const { liveBytes } = await model.usage();
    const reasons = await unheard(async () => {
      const predicting = model.predict(texts);
      await expect.poll(() => model.core.leases, { interval: 1 }).toBe(1);
      const reading = model.read('heads.topic.weight');
      expect(model.core.leases).toBe(2);
      model.removeHead('topic');
      expect(await reading).toEqual(weight);
      expect(await predicting).toEqual(expected);
    });
    expect(reasons).toEqual([]);
    expect((await model.usage()).liveBytes).toBeLessThan(liveBytes);
  });

  it('of the last head before a prediction has read its texts: that one says what is missing', async () => {
    const model = await freshTiny();
    const predicting = model.predict(texts);
    model.removeHead('topic');
    model.removeHead('sentiment');
    await expect(predicting).rejects.toThrow(/no head/);
  });

  it('is refused while a training runs, and works after it', async () => {
    const model = await freshTiny();
    for await (const _ of new Trainer(model, { ...quick, examples, epochs: 1 }).train()) {
      if (!model.core.isTraining) continue;
      const removing = () => model.removeHead('topic');
      expect(removing).toThrow(TabgradError);
      expect(removing).toThrow(
        'removeHead(): the model is being trained, and "topic" cannot be removed meanwhile. Stop the training first.',
      );
    }
    model.removeHead('topic');
    expect(model.heads().map(({ name }) => name)).toEqual(['sentiment']);
  });
});
