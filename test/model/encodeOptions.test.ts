import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bertEncoder } from '../../src/architectures/bert/encoder.ts';
import { ArgumentError } from '../../src/errors.ts';
import { batchTokens, checkOptions, checkTexts, promptOf } from '../../src/model/encodeOptions.ts';
import type { EncodeOptions } from '../../src/types.ts';

describe('checkTexts()', () => {
  it('lets arrays of strings pass, empty ones too', () => {
    for (const texts of [[], [''], ['a', 'b']]) expect(() => checkTexts(texts)).not.toThrow();
  });

  it.each([
    ['a text', /texts is "a text"\. Pass an array of strings/],
    [undefined, /texts is undefined/],
    [null, /texts is null/],
    [12, /texts is 12/],
    [{ length: 1, 0: 'a' }, /texts is object/],
    [new Set(['a']), /texts is object/],
    [Symbol('s'), /texts is symbol/],
  ])('refuses %s', (texts, message) => {
    expect(() => checkTexts(texts)).toThrow(ArgumentError);
    expect(() => checkTexts(texts)).toThrow(message);
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    [{}, 'object'],
    [['nested'], 'object'],
    [10n, 'bigint'],
  ])('names the first entry that is no string: %s', (value, word) => {
    const texts: unknown[] = Array.from({ length: 20 }, () => 'text');
    texts[12] = value;
    texts[15] = 7;
    const checking = () => checkTexts(texts);
    expect(checking).toThrow(`encode(): text 12 is not a string but ${word}. Pass an array of strings.`);
    expect(checking).toThrow(expect.objectContaining({ argument: 'texts', position: 12 }));
  });

  it('sees the hole of a sparse array', () => {
    const texts = ['a', 'b'];
    texts[3] = 'd';
    expect(() => checkTexts(texts)).toThrow(/text 2 is not a string but undefined/);
  });

  it('quotes the beginning of a long text only', () => {
    const checking = () => checkTexts('long '.repeat(100_000));
    expect(checking).toThrow(/texts is "long long/);
    expect(checking).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{40,200}$/s) }));
  });
});

const model = { pooling: 'cls', normalize: false, maxLength: 128 } as const;

describe('checkOptions()', () => {
  it('takes from the model what is left out', () => {
    expect(checkOptions({}, model, 512)).toEqual(model);
    expect(
      checkOptions({ pooling: undefined, normalize: undefined, maxLength: undefined }, model, 512),
    ).toEqual(model);
    const all = { pooling: 'mean-with-padding', normalize: true, maxLength: 512 } as const;
    expect(checkOptions({ ...all }, model, 512)).toEqual(all);
    expect(checkOptions({ maxLength: 2 }, model, 512).maxLength).toBe(2);
  });

  const wrong: [argument: string, options: Record<string, unknown>, said: RegExp][] = [
    ['maxLength', { maxLength: Number.NaN }, /maxLength is NaN.*from 2 to 512/],
    ['maxLength', { maxLength: 1 }, /maxLength is 1\./],
    ['maxLength', { maxLength: 513 }, /maxLength is 513/],
    ['maxLength', { maxLength: 12.5 }, /maxLength is 12\.5/],
    ['maxLength', { maxLength: Number.POSITIVE_INFINITY }, /maxLength is Infinity/],
    ['maxLength', { maxLength: '64' }, /maxLength is "64"/],
    ['maxLength', { maxLength: null }, /maxLength is null/],
    ['pooling', { pooling: 'average' }, /pooling is "average".*mean, cls, max, mean-with-padding/],
    ['pooling', { pooling: 'constructor' }, /pooling is "constructor"/],
    ['pooling', { pooling: 3 }, /pooling is 3/],
    ['normalize', { normalize: 1 }, /normalize is 1.*true or false/],
    ['normalize', { normalize: 'false' }, /normalize is "false"/],
  ];
  it.each(wrong)('refuses %s in %j', (argument, options, said) => {
    const checking = () => checkOptions(options as EncodeOptions, model, 512);
    expect(checking).toThrow(ArgumentError);
    expect(checking).toThrow(said);
    expect(checking).toThrow(expect.objectContaining({ argument }));
  });

  it.each([null, 'mean', 5])('refuses options that are none: %s', (options) => {
    const checking = () => checkOptions(options as unknown as EncodeOptions, model, 512);
    expect(checking).toThrow(ArgumentError);
    expect(checking).toThrow(expect.objectContaining({ argument: 'options' }));
  });
});

describe('promptOf()', () => {
  const byName = new Map([
    ['query', 'query: '],
    ['document', ''],
  ]);
  const prompts = { byName, defaultName: 'query' };

  it("is the one given, the one named, else the model's default", () => {
    expect(promptOf({}, prompts)).toBe('query: ');
    expect(promptOf({}, { byName, defaultName: undefined })).toBe('');
    expect(promptOf({ promptName: 'document' }, prompts)).toBe('');
    expect(promptOf({ prompt: 'mine ' }, prompts)).toBe('mine ');
    expect(promptOf({ prompt: '' }, prompts)).toBe('');
  });

  it('looks up no name where the prompt itself is given, as Python does', () => {
    expect(promptOf({ prompt: 'mine ', promptName: 'none such' }, prompts)).toBe('mine ');
  });

  it.each<[object, string, RegExp]>([
    [{ promptName: 'passage' }, 'promptName', /promptName is "passage"\. .*"query", "document"/],
    [{ promptName: '' }, 'promptName', /promptName is ""/],
    [{ promptName: 'toString' }, 'promptName', /promptName is "toString"/],
    [{ promptName: 7 }, 'promptName', /promptName is 7/],
    [{ prompt: 7 }, 'prompt', /prompt is 7\. Use a string/],
    [{ prompt: null }, 'prompt', /prompt is null/],
  ])('refuses %j', (options, argument, message) => {
    const asking = () => promptOf(options, prompts, 'countTokens');
    expect(asking).toThrow(ArgumentError);
    expect(asking).toThrow(message);
    expect(asking).toThrow(/^countTokens\(\): /);
    expect(asking).toThrow(expect.objectContaining({ argument }));
  });
});

describe('batchTokens()', () => {
  const sizes = (hiddenSize: number, layers: number) =>
    bertEncoder({
      hiddenSize,
      heads: 1,
      layers,
      intermediateSize: 4 * hiddenSize,
      vocabularySize: 100,
      maxPositions: 512,
      typeVocabularySize: 2,
      layerNormEps: 1e-12,
      paddingId: 0,
    });
  const size = fc.tuple(
    fc.integer({ min: 1, max: 1024 }).map((quads) => 4 * quads),
    fc.integer({ min: 1, max: 48 }),
  );

  it('is a whole number from 128 to 8192 for any model', () => {
    fc.assert(
      fc.property(size, fc.boolean(), ([hiddenSize, layers], isSoftware) => {
        const tokens = batchTokens(sizes(hiddenSize, layers), isSoftware);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(128);
        expect(tokens).toBeLessThanOrEqual(8192);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('is no larger for a larger model, nor for a software adapter', () => {
    fc.assert(
      fc.property(size, fc.boolean(), ([hiddenSize, layers], isSoftware) => {
        const encoder = sizes(hiddenSize, layers);
        const deeper = sizes(hiddenSize, layers + 1);
        expect(batchTokens(deeper, isSoftware)).toBeLessThanOrEqual(batchTokens(encoder, isSoftware));
        expect(batchTokens(encoder, true)).toBeLessThanOrEqual(batchTokens(encoder, false));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('is in the middle for MiniLM: some sentences at once, not thousands', () => {
    const miniLm = sizes(384, 6);
    expect(batchTokens(miniLm, true)).toBeGreaterThan(128);
    expect(batchTokens(miniLm, true)).toBeLessThan(1024);
    expect(batchTokens(miniLm, false)).toBeGreaterThan(1024);
    expect(batchTokens(miniLm, false)).toBeLessThan(8192);
    expect(batchTokens(sizes(1024, 24), true)).toBe(128);
    expect(batchTokens(sizes(32, 2), false)).toBe(8192);
  });
});
