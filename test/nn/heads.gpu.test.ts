import { beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError, TabgradError } from '../../src/errors.ts';
import type { HeadOptions } from '../../src/types.ts';
import { unheard } from '../support/kernels.ts';
import { expectClose } from '../support/numbers.ts';
import { softmax } from '../support/reference.ts';
import { seededTensor } from '../support/seeded.ts';
import { loadTiny } from '../support/tinyModel.ts';

const model = await loadTiny();
const width = model.dimension;
const names = (pattern: RegExp) => model.parameters().filter(({ name }) => pattern.test(name));

beforeEach(async () => {
  for (const { name } of model.heads()) model.removeHead(name);
});

describe('addHead()', () => {
  const labels = ['sport', 'tech', 'food'];

  it.each<[string, unknown, unknown, RegExp]>([
    ['an empty name', '', { labels }, /"" is no name/],
    ['a name with a dot', 'a.b', { labels }, /"a\.b" is no name.*without a dot/],
    ['a blank', ' ', { labels }, /no name/],
    ['a name of two lines', 'a\nb', { labels }, /no name/],
    ['a number for a name', 7, { labels }, /"7" is no name/],
    ['no labels', 'topic', { labels: [] }, /"topic" needs at least two labels/],
    ['one label', 'topic', { labels: ['a'] }, /two labels.*\["a"\]/],
    ['labels that are alike', 'topic', { labels: ['a', 'b', 'a'] }, /all different/],
    ['labels that are no list', 'topic', { labels: 'ab' }, /two labels/],
    ['labels that are no strings', 'topic', { labels: [1, 2] }, /labels/],
    ['no options', 'topic', undefined, /labels/],
    ['another pooling', 'topic', { labels, pooling: 'max' }, /pooling is "max".*'cls' or 'mean'/],
    ['a seed that is none', 'topic', { labels, seed: Number.NaN }, /seed/],
  ])('refuses %s', (_, name, options, message) => {
    const adding = () => model.addHead(name as string, options as HeadOptions);
    expect(adding).toThrow(ArgumentError);
    expect(adding).toThrow(message);
    expect(model.core.heads.size).toBe(0);
  });

  it.each<[string, Partial<HeadOptions>, RegExp]>([
    [
      'weight',
      { weight: new Float32Array(3 * 32 + 1) },
      /weight of "topic" has 97 numbers, expected 96 for \[3, 32\]/,
    ],
    ['bias', { bias: new Float32Array(2) }, /bias of "topic" has 2 numbers, expected 3/],
  ])('refuses a %s of another size, and allocates nothing', async (_, part, message) => {
    const before = (await model.usage()).liveBytes;
    const adding = () => model.addHead('topic', { labels, ...part });
    expect(adding).toThrow(ShapeError);
    expect(adding).toThrow(message);
    expect((await model.usage()).liveBytes).toBe(before);
  });

  it('refuses a weight that is no Float32Array', () => {
    const weight = Array.from({ length: 96 }, () => 0) as unknown as Float32Array<ArrayBuffer>;
    expect(() => model.addHead('topic', { labels, weight })).toThrow(TabgradError);
    expect(() => model.addHead('topic', { labels, weight: new Float64Array(96) as never })).toThrow(
      TabgradError,
    );
    expect(model.core.heads.size).toBe(0);
  });

  it('has random weights in ±1/√H, the same for the same seed', async () => {
    const limit = 1 / Math.sqrt(width);
    const made = async (seed?: number) => {
      model.addHead('topic', { labels: Array.from({ length: 100 }, (_, i) => `${i}`), seed });
      return { weight: await model.read('heads.topic.weight'), bias: await model.read('heads.topic.bias') };
    };
    const [one, same, other] = [await made(), await made(42), await made(0)];
    expect(same).toEqual(one);
    expect(other.weight).not.toEqual(one.weight);
    expect(one.weight.slice(0, 100)).not.toEqual(one.bias);
    for (const values of [one.weight, one.bias, other.weight]) {
      expect(Math.max(...values)).toBeLessThanOrEqual(limit);
      expect(Math.max(...values)).toBeGreaterThan(0.9 * limit);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-limit);
      expect(Math.min(...values)).toBeLessThan(-0.9 * limit);
    }
    const mean = one.weight.reduce((sum, value) => sum + value, 0) / one.weight.length;
    const spread = Math.sqrt(one.weight.reduce((sum, value) => sum + value ** 2, 0) / one.weight.length);
    expect(Math.abs(mean)).toBeLessThan(0.05 * limit);
    expect(Math.abs(spread / limit - 1 / Math.sqrt(3))).toBeLessThan(0.02);
  });

  it('shows its parameters behind the encoder’s, and reads what was given', async () => {
    const weight = seededTensor('w', [3, width], 1);
    const bias = seededTensor('b', [3], 1);
    const encoder = model.parameters();
    model.addHead('topic', { labels, weight, bias });
    model.addHead('a mood', { labels: ['calm', 'wild'] });
    expect(model.parameters()).toEqual([
      ...encoder,
      { name: 'heads.topic.weight', shape: [3, width] },
      { name: 'heads.topic.bias', shape: [3] },
      { name: 'heads.a mood.weight', shape: [2, width] },
      { name: 'heads.a mood.bias', shape: [2] },
    ]);
    expect(await model.read('heads.topic.weight')).toEqual(weight);
    expect(await model.read('heads.topic.bias')).toEqual(bias);
    await expect(model.read('heads.topic.scale')).rejects.toThrow(/no parameter "heads\.topic\.scale"/);
  });

  it('keeps labels of its own', async () => {
    const given = ['sport', 'tech'];
    model.addHead('topic', { labels: given });
    given.push('food');
    const { topic } = await model.predict(['a text']);
    expect(topic!.labels).toEqual(['sport', 'tech']);
    expect(topic!.probabilities.shape).toEqual([1, 2]);
  });

  it('replaces a head of the same name, and gives its memory back', async () => {
    model.addHead('topic', { labels });
    model.addHead('mood', { labels: ['calm', 'wild'] });
    const before = (await model.usage()).liveBytes;
    for (let i = 0; i < 5; i += 1) model.addHead('topic', { labels, seed: i });
    expect((await model.usage()).liveBytes).toBe(before);
    expect([...model.core.heads.keys()]).toEqual(['topic', 'mood']);
    model.addHead('topic', { labels: ['one', 'two'] });
    expect(names(/^heads\.topic/).map(({ shape }) => shape)).toEqual([[2, width], [2]]);
    expect((await model.predict(['a text'])).topic!.labels).toEqual(['one', 'two']);
  });

  it('while a prediction is under way leaves that one as it is', async () => {
    model.addHead('topic', { labels });
    const texts = Array.from({ length: 600 }, (_, i) => `text number ${i}`);
    const reasons = await unheard(async () => {
      const predicting = model.predict(texts);
      model.addHead('topic', { labels: ['one', 'two'] });
      const { topic } = await predicting;
      expect(topic!.probabilities.data).toHaveLength(topic!.labels.length * texts.length);
      expect((await model.predict(['a text'])).topic!.labels).toEqual(['one', 'two']);
    });
    expect(reasons).toEqual([]);
  });
});

describe('predict()', () => {
  const texts = ['the soup was great', 'the phone was awful', ''];

  it.each(['cls', 'mean'] as const)('is the softmax of a linear layer on the %s vector', async (pooling) => {
    const [classes, rows] = [5, texts.length];
    const weight = seededTensor('w', [classes, width], 1);
    const bias = seededTensor('b', [classes], 1);
    model.addHead('topic', { labels: ['a', 'b', 'c', 'd', 'e'], pooling, weight, bias });
    const { data } = await model.encode(texts, { pooling, normalize: false });
    const logits = Array.from({ length: rows * classes }, (_, i) => {
      const [row, c] = [Math.floor(i / classes), i % classes];
      let sum = bias[c]!;
      for (let k = 0; k < width; k += 1) sum += data[row * width + k]! * weight[c * width + k]!;
      return sum;
    });
    const { topic } = await model.predict(texts);
    expect(topic!.probabilities.shape).toEqual([rows, classes]);
    expectClose(topic!.probabilities.data, softmax(logits, classes), 2e-6);
  });

  it('has rows that add up to 1, of every head, for many texts as for one', async () => {
    model.addHead('topic', { labels: ['sport', 'tech', 'food'] });
    model.addHead('mood', { labels: ['calm', 'wild'], pooling: 'mean' });
    const many = Array.from({ length: 700 }, (_, i) => `${'word '.repeat(1 + (i % 30))}${i}`);
    const predictions = await model.predict(many);
    expect(Object.keys(predictions)).toEqual(['topic', 'mood']);
    for (const { labels, probabilities } of Object.values(predictions)) {
      expect(probabilities.shape).toEqual([700, labels.length]);
      for (let row = 0; row < 700; row += 1) {
        const values = probabilities.data.slice(row * labels.length, (row + 1) * labels.length);
        expect(Math.abs(values.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-6);
      }
    }
    const [alone] = [await model.predict([many[699]!])];
    expectClose(alone.topic!.probabilities.data, predictions.topic!.probabilities.data.slice(-3), 1e-6);
  });

  it('of logits far apart has no NaN', async () => {
    model.addHead('topic', { labels: ['a', 'b'], bias: Float32Array.of(1e4, -1e4) });
    expect([...(await model.predict(['x'])).topic!.probabilities.data]).toEqual([1, 0]);
  });

  it('of no texts has no rows; without a head it says what is missing', async () => {
    await expect(model.predict(texts)).rejects.toThrow(/no head\. Call addHead\(\) first/);
    model.addHead('topic', { labels: ['a', 'b'] });
    const { topic } = await model.predict([]);
    expect(topic).toEqual({
      labels: ['a', 'b'],
      probabilities: { data: new Float32Array(0), shape: [0, 2] },
    });
    await expect(model.predict([1 as unknown as string])).rejects.toThrow(ArgumentError);
    await expect(model.predict('a text' as unknown as string[])).rejects.toThrow(/texts is "a text"/);
  });

  it('stops when it is told', async () => {
    model.addHead('topic', { labels: ['a', 'b'] });
    await expect(model.predict(texts, { signal: AbortSignal.abort() })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });
});
