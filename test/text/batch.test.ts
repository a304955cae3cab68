import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/errors.ts';
import { planBatches } from '../../src/text/batch.ts';

const texts = (...ids: number[][]) => ids.map((one) => ({ ids: one }));
const encodedTexts = fc.array(
  fc.array(fc.integer({ min: 0, max: 30521 }), { minLength: 1, maxLength: 40 }).map((ids) => ({ ids })),
  { maxLength: 60 },
);

describe('planBatches', () => {
  it('packs sequences one after the other', () => {
    const [batch, ...more] = planBatches(texts([101, 7, 102], [101, 102], [101, 8, 9, 102]), {
      maxTokens: 100,
    });
    expect(more).toEqual([]);
    expect(batch).toEqual({
      first: 0,
      count: 3,
      tokens: Uint32Array.of(101, 7, 102, 101, 102, 101, 8, 9, 102),
      positions: Uint32Array.of(0, 1, 2, 0, 1, 0, 1, 2, 3),
      cuSeqlens: Uint32Array.of(0, 3, 5, 9),
      keyLens: Uint32Array.of(3, 2, 4),
    });
  });

  it('adds rows of padding, and remembers which keys are valid', () => {
    const [batch] = planBatches(texts([101, 7, 102], [101, 102]), { maxTokens: 100, padTo: 4, padId: 5 });
    expect(batch).toEqual({
      first: 0,
      count: 2,
      tokens: Uint32Array.of(101, 7, 102, 5, 101, 102, 5, 5),
      positions: Uint32Array.of(0, 1, 2, 3, 0, 1, 2, 3),
      cuSeqlens: Uint32Array.of(0, 4, 8),
      keyLens: Uint32Array.of(3, 2),
    });
  });

  it('fills a batch to the last row, and gives a text that is too long a batch of its own', () => {
    const plan = (maxTokens: number) =>
      planBatches(texts([1, 2], [1, 2], [1, 2, 3, 4, 5, 6], [1, 2], [1]), { maxTokens }).map(
        ({ count }) => count,
      );
    expect(plan(4)).toEqual([2, 1, 2]);
    expect(plan(3)).toEqual([1, 1, 1, 2]);
    expect(plan(1)).toEqual([1, 1, 1, 1, 1]);
    expect(plan(13)).toEqual([5]);
    expect(plan(12)).toEqual([4, 1]);
  });

  it('has no batch for no texts', () => {
    expect(planBatches([], { maxTokens: 8 })).toEqual([]);
  });

  it('keeps every token of every text, in order, within the bound', () => {
    const options = fc.record({ maxTokens: fc.integer({ min: 1, max: 200 }), padded: fc.boolean() });
    fc.assert(
      fc.property(encodedTexts, options, (encoded, { maxTokens, padded }) => {
        const padTo = padded ? Math.max(1, ...encoded.map(({ ids }) => ids.length)) : undefined;
        const batches = planBatches(encoded, { maxTokens, padTo, padId: 99_999 });
        const unpacked = batches.flatMap((batch) =>
          Array.from({ length: batch.count }, (_, b) => {
            const [start, end] = [batch.cuSeqlens[b]!, batch.cuSeqlens[b + 1]!];
            expect(end - start).toBe(padTo ?? encoded[batch.first + b]!.ids.length);
            expect([...batch.positions.subarray(start, end)]).toEqual(
              Array.from({ length: end - start }, (_, i) => i),
            );
            const tokens = [...batch.tokens.subarray(start, end)];
            expect(tokens.slice(batch.keyLens[b]).every((token) => token === 99_999)).toBe(true);
            return { ids: tokens.slice(0, batch.keyLens[b]) };
          }),
        );
        expect(unpacked).toEqual(encoded);
        for (const [i, { first, count, tokens, cuSeqlens }] of batches.entries()) {
          expect(cuSeqlens[count]).toBe(tokens.length);
          if (count > 1) expect(tokens.length).toBeLessThanOrEqual(maxTokens);
          const next = batches[i + 1];
          expect(next?.first ?? encoded.length).toBe(first + count);
          // No room is wasted: the next text did not fit.
          if (next) expect(tokens.length + next.cuSeqlens[1]!).toBeGreaterThan(maxTokens);
        }
      }),
    );
  });

  it.each([
    [texts([1]), { maxTokens: 0 }, /maxTokens is 0/],
    [texts([1]), { maxTokens: 1.5 }, /maxTokens is 1.5/],
    [texts([1]), { maxTokens: Number.NaN }, /maxTokens is NaN/],
    [texts([1]), { maxTokens: 8, padTo: 0 }, /padTo is 0/],
    [texts([1], [1, 2, 3]), { maxTokens: 8, padTo: 2 }, /text 1 has 3 tokens, more than padTo = 2/],
    [texts([1], []), { maxTokens: 8 }, /text 1 has no tokens/],
  ])('refuses %j with %j', (encoded, options, message) => {
    expect(() => planBatches(encoded, options)).toThrow(ArgumentError);
    expect(() => planBatches(encoded, options)).toThrow(message);
  });
});
