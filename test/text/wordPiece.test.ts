import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelFormatError } from '../../src/errors.ts';
import { loadTokenizer, type TokenizerFiles } from '../../src/model/loadTokenizer.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { wordPieceTokenizer } from '../../src/text/wordPiece.ts';
import { effort } from '../support/effort.ts';
import { type Made, readJson } from '../support/fixtures.ts';

interface Recorded {
  made: Made;
  texts: string[];
  variants: {
    name: string;
    files: Record<string, Record<string, unknown>>;
    padId: number;
    ids: number[][];
  }[];
  oddTexts: string[];
  /** `ids` null where Python throws. */
  odd: { name: string; content: string; ids: number[][] | null }[];
}

const recorded = readJson<Recorded>('text/vocabulary');
const miniLm = new Uint8Array(readFileSync('public/weights/all-MiniLM-L6-v2/vocab.txt'));
const encode = (text: string) => new TextEncoder().encode(text);

/** The tokenizer of a folder of these files, for a model of as many rows. */
function load(vocabulary: Uint8Array, files: Record<string, unknown> = {}, rows = 40_000) {
  const given: TokenizerFiles = {
    tokenizer: undefined,
    config: files['tokenizer_config.json'],
    specialTokens: files['special_tokens_map.json'],
    vocabulary,
    addedTokens: async () => files['added_tokens.json'],
    tokenizerClass: files.tokenizerClass,
  };
  const repository = { encoder: { vocabularySize: rows }, lowerCase: false } as Repository;
  return loadTokenizer(given, repository, '');
}

const small = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'b', 'c', '##a'];
const lines = (tokens: readonly string[]) => encode(`${tokens.join('\n')}\n`);

describe('a tokenizer of vocab.txt alone', () => {
  it.each(recorded.variants)("gives Python's ids: $name", async ({ files, padId, ids }) => {
    const tokenizer = await load(miniLm, files);
    const got = recorded.texts.map((text) => tokenizer.encode(text, 1000).ids);
    expect(got.map((mine, i) => [recorded.texts[i], mine])).toEqual(
      ids.map((theirs, i) => [recorded.texts[i], theirs]),
    );
    expect(tokenizer.padId).toBe(padId);
  });

  it("gives tokenizer.json's ids for all hard texts", async () => {
    const { cases, maxLength } = readJson<{
      maxLength: number;
      cases: { group: string; text: string; ids: number[] }[];
    }>('text/tokenizer');
    const known = cases.filter(({ group }) => group !== 'newer than the tables');
    expect(known.length).toBeGreaterThan(400);
    const tokenizer = await load(miniLm);
    for (const { text, ids } of known)
      expect([text, tokenizer.encode(text, maxLength).ids]).toEqual([text, ids]);
  });

  it('lower-cases where sentence_bert_config.json says so', async () => {
    const json = wordPieceTokenizer({ vocabulary: miniLm, config: { do_lower_case: false } }, 40_000);
    expect(json.normalizer).toMatchObject({ lowercase: false, strip_accents: null });
  });
});

describe('vocab.txt', () => {
  it.each(recorded.odd)('$name', async ({ content, ids }) => {
    const loading = load(encode(content));
    if (ids === null) {
      await expect(loading).rejects.toMatchObject({ name: 'ModelFormatError', file: 'vocab.txt' });
      return;
    }
    const tokenizer = await loading;
    expect(recorded.oddTexts.map((text) => tokenizer.encode(text, 100).ids)).toEqual(ids);
  });

  it('may begin with a byte order mark', async () => {
    const tokenizer = await load(Uint8Array.of(0xef, 0xbb, 0xbf, ...lines(small)));
    expect([tokenizer.padId, tokenizer.encode('a b', 9).ids]).toEqual([0, [2, 5, 6, 3]]);
  });

  it('may have tokens that are names of things in JavaScript', async () => {
    const tokenizer = await load(lines([...small, '__proto__', 'constructor', '7', '##7']));
    expect(tokenizer.encode('constructor 77', 9).ids).toEqual([2, 10, 11, 12, 3]);
    expect(tokenizer.vocabularySize).toBe(13);
  });

  it.each(['[PAD]', '[UNK]', '[CLS]', '[SEP]'])('is refused without %s', async (token) => {
    const loading = load(lines(small.filter((other) => other !== token)));
    await expect(loading).rejects.toThrow(ModelFormatError);
    await expect(loading).rejects.toThrow(
      `vocab.txt: it has no line "${token}", the ${token.slice(1, -1).toLowerCase()}_token`,
    );
  });

  it('may be without [MASK], which is then a text as any other', async () => {
    const tokenizer = await load(lines(small.filter((token) => token !== '[MASK]')));
    expect(tokenizer.encode('a [MASK]', 9).ids).toEqual([2, 4, 1, 1, 1, 3]);
  });

  it('is refused where it is a Git LFS pointer', async () => {
    const pointer = encode(`version https://git-lfs.github.com/spec/v1\noid sha256:53aa\nsize 231508\n`);
    await expect(load(pointer)).rejects.toThrow(/vocab.txt is no vocabulary: it is a Git LFS pointer/);
  });

  it('is refused where it is no UTF-8, with the line', async () => {
    const bytes = lines(small);
    bytes[10] = 0xff;
    await expect(load(bytes)).rejects.toThrow('vocab.txt: line 2 is not text in UTF-8');
  });

  it('is refused where it has more tokens than the model has rows, at once', async () => {
    await expect(load(lines(small), {}, 8)).rejects.toThrow(
      /a token in line 9, but config.json says vocab_size 8/,
    );
    const huge = new Uint8Array(50_000_000).fill(0x0a);
    huge.fill(0x61, 0, 49_000_000);
    const taken = await effort(async () => {
      await expect(load(huge)).rejects.toMatchObject({ name: 'ModelFormatError' });
      huge.fill(0x0a);
      huge[huge.length - 1] = 0x61;
      await expect(load(huge)).rejects.toThrow(/line 50000000/);
    });
    expect(taken).toBeLessThan(50);
  });

  it('is refused where there are more tokens beside it than the model has rows', async () => {
    const files = { 'added_tokens.json': { more: 9 } };
    await expect(load(lines(small), files, 9)).rejects.toThrow(/vocab.txt has ids up to 9.+vocab_size 9/);
    expect((await load(lines(small), files, 10)).encode('more', 9).ids).toEqual([2, 9, 3]);
  });
});

describe('the files beside vocab.txt', () => {
  it('may all be missing, but vocab.txt itself may not', async () => {
    expect((await load(lines(small))).encode('A ba', 9).ids).toEqual([2, 5, 6, 8, 3]);
    const none = load(lines(small)).then(() =>
      loadTokenizer(
        {
          tokenizer: undefined,
          config: {},
          specialTokens: {},
          vocabulary: undefined,
          addedTokens: async () => {},
          tokenizerClass: null,
        },
        { encoder: { vocabularySize: 9 }, lowerCase: false } as Repository,
        '0_Transformer/',
      ),
    );
    await expect(none).rejects.toThrow('neither 0_Transformer/tokenizer.json nor 0_Transformer/vocab.txt');
  });

  it.each([
    [
      { 'tokenizer_config.json': { tokenizer_class: 'BertJapaneseTokenizer' } },
      'the tokenizer is a "BertJapaneseTokenizer"',
    ],
    [{ tokenizerClass: 'BertJapaneseTokenizer' }, 'the tokenizer is a "BertJapaneseTokenizer"'],
    [{ 'tokenizer_config.json': { do_lower_case: 'yes' } }, 'do_lower_case is "yes", not true or false'],
    [{ 'tokenizer_config.json': { cls_token: 3 } }, 'cls_token is 3, not a token'],
    [{ 'tokenizer_config.json': { sep_token: '</s>' } }, 'it has no line "</s>", the sep_token'],
    [{ 'tokenizer_config.json': [] }, 'tokenizer_config.json holds []'],
    [{ 'tokenizer_config.json': { added_tokens_decoder: 3 } }, 'added_tokens_decoder is not an object'],
    [
      { 'tokenizer_config.json': { added_tokens_decoder: { 9: 3 } } },
      'a token of added_tokens_decoder is not an object',
    ],
    [
      { 'tokenizer_config.json': { additional_special_tokens: [3] } },
      'additional_special_tokens is 3, not a token',
    ],
    [{ 'special_tokens_map.json': 3 }, 'special_tokens_map.json holds 3'],
    [{ 'added_tokens.json': 3 }, 'added_tokens.json: it is not an object'],
  ])('are refused: %j', async (files, message) => {
    const loading = load(lines(small), files);
    await expect(loading).rejects.toThrow(ModelFormatError);
    await expect(loading).rejects.toThrow(message);
  });
});
