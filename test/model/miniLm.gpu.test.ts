import { describe, expect, it } from 'vitest';
import type { Pooling } from '../../src/types.ts';
import { readFixture } from '../support/fixtures.ts';
import { miniLm } from '../support/miniLm.ts';
import { expectClose, maxDifference } from '../support/numbers.ts';

const model = await miniLm();
const sentences = readFixture<{ texts: string[]; tokens: number[]; truncated: number[] }>(
  'embeddings/sentences',
);
const { texts } = sentences.facts;
const expected = sentences.tensor('embeddings').data;
/** Embeddings of all texts, in one call. */
const all = await model.encode(texts);

describe('all-MiniLM-L6-v2 with its real weights', () => {
  it('says what it is', () => {
    expect(model).toMatchObject({
      dimension: 384,
      maxLength: 256,
      pooling: 'mean',
      normalize: true,
      parameterCount: 22_713_216,
    });
  });

  it(`gives sentence-transformers' vectors for ${texts.length} texts within 2e-6`, async () => {
    const { data, shape, tokens, truncated } = all;
    expect(shape).toEqual([texts.length, 384]);
    expect(tokens).toEqual(sentences.facts.tokens);
    expect(truncated).toEqual(sentences.facts.truncated);
    const difference = maxDifference(data, expected);
    console.info(`largest difference to sentence-transformers: ${difference.toExponential(2)}`);
    expect(difference).toBeLessThanOrEqual(2e-6);
  });

  it('gives one vector for a text alone, in a batch of 2 and in a batch of 64', async () => {
    for (const position of [0, 5, 40, 63]) {
      const text = texts[position]!;
      const alone = await model.encode([text]);
      const pair = await model.encode([texts[1]!, text]);
      const among = all.data.slice(position * 384, (position + 1) * 384);
      expectClose(alone.data, among, 1e-6);
      expectClose(pair.data.slice(384), among, 1e-6);
    }
  });

  it('pools as PyTorch does, the mean over padding too', async () => {
    const fixture = readFixture<{ texts: string[] }>('embeddings/pooling');
    for (const pooling of ['mean', 'cls', 'max', 'mean-with-padding'] as Pooling[]) {
      const { data } = await model.encode(fixture.facts.texts, { pooling, normalize: false });
      expectClose(data, fixture.tensor(`${pooling}.float64`).data, 1e-5);
    }
    const notebook = await model.encode(texts.slice(0, 3), {
      pooling: 'mean-with-padding',
      normalize: false,
    });
    expectClose(notebook.data, fixture.tensor('notebook.mean-with-padding').data, 1e-5);
  });
});

describe('work on the GPU', () => {
  it('takes at most 50 dispatches and one submit a batch, and makes no buffer for an equal one', async () => {
    await model.encode(texts.slice(0, 3));
    const before = await model.usage();
    await model.encode(texts.slice(0, 3));
    const after = await model.usage();
    expect(after.dispatches - before.dispatches).toBeLessThanOrEqual(50);
    expect(after.submits - before.submits).toBe(1);
    expect(after.created).toEqual(before.created);
    expect(after.bytes).toBe(before.bytes);
    expect(after.liveBytes).toBe(before.liveBytes);
  });
});
