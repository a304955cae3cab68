import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelFormatError } from '../../src/errors.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';

const readJson = (name: string) =>
  JSON.parse(readFileSync(`public/weights/all-MiniLM-L6-v2/${name}`, 'utf8'));
const tokenizerJson = readJson('tokenizer.json');
const tokenizerConfig = readJson('tokenizer_config.json');
const tokenizer = createTokenizer(tokenizerJson, tokenizerConfig);

describe('tokenizer files', () => {
  const changed = (change: Record<string, unknown>) => ({ ...tokenizerJson, ...change });
  const withModel = (change: Record<string, unknown>) =>
    changed({ model: { ...tokenizerJson.model, ...change } });
  const { '[SEP]': _, ...withoutSep } = tokenizerJson.model.vocab;

  it.each([
    ['nothing', undefined, /it is not an object/],
    ['a list', [], /it is not an object/],
    ['no model', changed({ model: undefined }), /model is not an object/],
    ['BPE', withModel({ type: 'BPE' }), /its model is BPE/],
    ['Unigram, a list of pieces', changed({ model: { type: 'Unigram', vocab: [['a', -1]] } }), /Unigram/],
    ['a vocabulary that is a list', withModel({ vocab: [] }), /model.vocab is not an object/],
    [
      'an id that is a text',
      withModel({ vocab: { ...tokenizerJson.model.vocab, cat: '7' } }),
      /"cat"\] is "7"/,
    ],
    [
      'no [SEP]',
      changed({ model: { ...tokenizerJson.model, vocab: withoutSep }, added_tokens: [] }),
      /\[SEP\]/,
    ],
    ['added_tokens missing', changed({ added_tokens: undefined }), /added_tokens/],
    ['a null in added_tokens', changed({ added_tokens: [null] }), /added_tokens\[0\]/],
    ['another normalizer', changed({ normalizer: { type: 'NFC' } }), /normalizer is NFC/],
    [
      'another sequence of normalizers',
      changed({ normalizer: { type: 'Sequence', normalizers: [null, tokenizerJson.normalizer] } }),
      /normalizer is Sequence/,
    ],
    ['no normalizer', changed({ normalizer: null }), /normalizer is missing/],
    [
      'another pre_tokenizer',
      changed({ pre_tokenizer: { type: 'ByteLevel' } }),
      /pre_tokenizer is ByteLevel/,
    ],
    ['no post_processor', changed({ post_processor: null }), /around a text/],
    ['a post_processor that nobody knows', changed({ post_processor: { type: 'Nobody' } }), /Nobody/],
  ])('refuses a tokenizer.json with %s', (_name, json, message) => {
    const create = () => createTokenizer(json, tokenizerConfig);
    expect(create).toThrow(ModelFormatError);
    expect(create).toThrow(message);
    expect(create).toThrow(expect.objectContaining({ file: 'tokenizer.json' }));
  });

  it('refuses a tokenizer_config.json that is no object', () => {
    expect(() => createTokenizer(tokenizerJson, 'x')).toThrow(/tokenizer_config.json: it is not an object/);
  });

  it('of before 2021, without a type on the model, are read', () => {
    const old = createTokenizer(withModel({ type: undefined }), tokenizerConfig);
    expect(old.encode('embeddings', 256).ids).toEqual(tokenizer.encode('embeddings', 256).ids);
  });

  it('give the padding token and the size of the vocabulary', () => {
    expect(tokenizer.padId).toBe(0);
    expect(tokenizer.vocabularySize).toBe(30522);
  });

  // Expected values: transformers' AutoTokenizer on the same changed files.
  it.each([
    [
      'BertTokenizer, silent: lower-cases',
      { lowercase: false },
      { do_lower_case: undefined },
      [7592, 3802, 2063],
    ],
    ['BertTokenizer, do_lower_case false', { lowercase: true }, { do_lower_case: false }, [100, 100]],
    ['BertTokenizer, do_lower_case true', { lowercase: false }, { do_lower_case: true }, [7592, 3802, 2063]],
    ['BertTokenizer, accents kept', { lowercase: true }, { strip_accents: false }, [7592, 100]],
    [
      'another class: as tokenizer.json says',
      { lowercase: false },
      { tokenizer_class: 'PreTrainedTokenizerFast', do_lower_case: true },
      [100, 100],
    ],
  ])('are followed as Python follows them: %s', (_name, normalizer, config, expected) => {
    const other = createTokenizer(changed({ normalizer: { ...tokenizerJson.normalizer, ...normalizer } }), {
      ...tokenizerConfig,
      ...config,
    });
    expect(other.encode('Hello ÉTÉ', 256).ids).toEqual([101, ...expected, 102]);
  });

  // Expected values: transformers' AutoTokenizer on the same files.
  it.each([
    ['BertTokenizer', true, [7592, 3802, 2063]],
    ['BertTokenizer', false, [100, 100]],
    ['PreTrainedTokenizerFast', true, [7592, 100]],
    ['PreTrainedTokenizerFast', false, [7592, 100]],
  ])('may have Lowercase in front, as sentence-transformers saves it: %s, %s', (name, lower, expected) => {
    const bert = { ...tokenizerJson.normalizer, lowercase: false, strip_accents: null };
    const normalizer = { type: 'Sequence', normalizers: [{ type: 'Lowercase' }, bert] };
    const config = { ...tokenizerConfig, tokenizer_class: name, do_lower_case: lower };
    const other = createTokenizer(changed({ normalizer }), config);
    expect(other.encode('Hello ÉTÉ', 256).ids).toEqual([101, ...expected, 102]);
  });

  it("lower-case on sentence-transformers' demand, accents kept", () => {
    const cased = createTokenizer(
      tokenizerJson,
      { ...tokenizerConfig, do_lower_case: false },
      { lowerCase: true },
    );
    expect(cased.encode('Hello ÉTÉ', 256).ids).toEqual([101, 7592, 100, 102]);
  });
});
