import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/errors.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { effort } from '../support/effort.ts';

interface Fixture {
  versions: Record<string, string>;
  maxLength: number;
  cases: { group: string; text: string; ids: number[]; truncated: boolean }[];
}

const folder = 'public/weights/all-MiniLM-L6-v2';
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const tokenizerJson = readJson(`${folder}/tokenizer.json`);
const tokenizerConfig = readJson(`${folder}/tokenizer_config.json`);
const fixture: Fixture = readJson('test/fixtures/text/tokenizer.json');
const tokenizer = createTokenizer(tokenizerJson, tokenizerConfig);
const ids = (text: string, maxLength = 256) => tokenizer.encode(text, maxLength).ids;

/**
 * Where ids differ from Python's: characters that Unicode classified (as punctuation, mark or format character) after
 * the Rust tokenizer's tables were made. JavaScript engines follow the newer tables.
 */
const divergences = [
  'U+61D ARABIC END OF TEXT MARK',
  'U+7FD NKO DANTAYALAN',
  'U+8E2 ARABIC DISPUTED END OF AYAH',
  'U+9FD BENGALI ABBREVIATION SIGN',
  'U+9FE BENGALI SANDHI MARK',
  'U+A76 GURMUKHI ABBREVIATION SIGN',
  'U+AFA GUJARATI SIGN SUKUN',
  'U+C04 TELUGU SIGN COMBINING ANUSVARA ABOVE',
  'U+C77 TELUGU SIGN SIDDHAM',
  'U+C84 KANNADA SIGN SIDDHAM',
  'U+D3B MALAYALAM SIGN VERTICAL BAR VIRAMA',
  'U+EBA LAO SIGN PALI VIRAMA',
  'U+166D CANADIAN SYLLABICS CHI SIGN',
  'U+1734 HANUNOO SIGN PAMUDPOD',
  'U+1B7D BALINESE PANTI LANTANG',
  'U+1DF9 COMBINING WIDE INVERTED BRIDGE BELOW',
  'U+2E43 DASH WITH LEFT UPTURN',
  'U+2E4F CORNISH VERSE DIVIDER',
  'U+2E52 TIRONIAN SIGN CAPITAL ET',
  'U+2E5D OBLIQUE HYPHEN',
  'U+A8C5 SAURASHTRA SIGN CANDRABINDU',
  'U+11A01 ZANABAZAR SQUARE VOWEL SIGN I',
  'U+1E000 COMBINING GLAGOLITIC LETTER AZU',
  'U+1E944 ADLAM ALIF LENGTHENER',
  'U+1E95E ADLAM INITIAL EXCLAMATION MARK',
];

describe('ids', () => {
  const [newer, others] = [true, false].map((isNewer) =>
    fixture.cases.filter(({ group }) => (group === 'newer than the tables') === isNewer),
  ) as [Fixture['cases'], Fixture['cases']];

  it('come from recorded versions of Python and its packages', () => {
    expect(Object.keys(fixture.versions)).toEqual([
      'python',
      'tokenizers',
      'transformers',
      'sentence-transformers',
    ]);
    expect(others.length).toBeGreaterThan(300);
  });

  it.each([...new Set(others.map(({ group }) => group))])("equal sentence-transformers': %s", (group) => {
    const cases = others.filter((one) => one.group === group);
    const got = cases.map(({ text }) => ({ group, text, ...tokenizer.encode(text, fixture.maxLength) }));
    expect(got).toEqual(cases);
  });

  it('differ for exactly the characters that are newer than the tables of Python', () => {
    const different = newer
      .filter(({ text, ids: expected }) => ids(text).join() !== expected.join())
      .map(({ text }) => `U+${text.codePointAt(2)!.toString(16).toUpperCase()}`);
    expect(different).toEqual(divergences.map((line) => line.split(' ')[0]));
  });

  it('ignore the length and padding written into tokenizer.json', () => {
    expect(tokenizerJson.truncation.max_length).toBe(128);
    expect(ids('cat '.repeat(200))).toHaveLength(202);
    expect(ids('cat')).toEqual([101, 4937, 102]);
  });

  it('of lone surrogates: they are dropped', () => {
    expect(ids('re\ud800al \udfff')).toEqual(ids('real'));
  });

  it('of a text in pieces are those of the whole text', () => {
    const library = new Tokenizer(tokenizerJson, tokenizerConfig);
    const word = fc.constantFrom(
      'cat',
      'ångström',
      '中文',
      '[SEP]',
      '[MASK]',
      '…',
      'x',
      '!',
      '😀',
      'é',
      '\u0301',
    );
    const gap = fc.constantFrom(
      '',
      '',
      ' ',
      '\n',
      '\t',
      '\u3000',
      '\u00a0',
      '\u200b',
      '\ufeff',
      '.',
      '-',
      '[',
      ']',
    );
    const text = fc
      .array(fc.tuple(word, gap), { minLength: 50, maxLength: 60 })
      .map((parts) => parts.flat().join('').repeat(40));
    fc.assert(
      fc.property(text, (sample) => {
        expect(ids(sample, 1_000_000)).toEqual(library.encode(sample).ids);
      }),
      { numRuns: 60 },
    );
  });
});

describe('cutting', () => {
  it('keeps [CLS] and [SEP] and says that it cut', () => {
    expect(tokenizer.encode('cat cat cat', 4)).toEqual({ ids: [101, 4937, 4937, 102], truncated: true });
    expect(tokenizer.encode('cat cat cat', 5)).toEqual({
      ids: [101, 4937, 4937, 4937, 102],
      truncated: false,
    });
    expect(tokenizer.encode('cat', 2)).toEqual({ ids: [101, 102], truncated: true });
    expect(tokenizer.encode('', 2)).toEqual({ ids: [101, 102], truncated: false });
  });

  it('is not said of a text that only blanks follow', () => {
    expect(tokenizer.encode(`cat cat${' '.repeat(10_000)}`, 4).truncated).toBe(false);
    expect(tokenizer.encode(`cat cat${' '.repeat(10_000)}cat`, 4).truncated).toBe(true);
  });

  it.each([1, 0, -5, 2.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses maxLength %s', (maxLength) => {
    expect(() => tokenizer.encode('cat', maxLength)).toThrow(ArgumentError);
  });

  // Some of these take the library alone ten seconds, some give it ids by the hundred thousand.
  it.each([
    ['one line of 100,000 letters', 'a'.repeat(100_000), 3],
    ['a megabyte of letters', 'a'.repeat(1_000_000), 3],
    ['a megabyte of 99-letter words', `${'x'.repeat(99)} `.repeat(10_000), 256],
    ['a megabyte of prose', 'The quick brown fox jumps. '.repeat(40_000), 256],
    ['a megabyte of ideographs', '中'.repeat(1_000_000), 256],
    ['a megabyte of dashes', '—'.repeat(1_000_000), 256],
    ['200,000 accents on one letter', `a${'\u0301\u0323'.repeat(100_000)}`, 3],
    ['accents with joiners between them', `a${'\u0301\u200d\u0323'.repeat(100_000)}`, 3],
    ['a megabyte of blanks', ' '.repeat(1_000_000), 2],
  ])('is quick: %s', async (_, text, length) => {
    const taken = await effort(() => {
      const result = tokenizer.encode(text, 256);
      expect(result.ids).toHaveLength(length);
      expect(result.truncated).toBe(length === 256);
    });
    expect(taken).toBeLessThan(150);
  });

  it('shortens a run of accents without another outcome', () => {
    expect(ids(`a${'\u0301'.repeat(5000)}b`)).toEqual(ids('ab'));
    expect(ids(`a${'\u093e\u0301'.repeat(99)}`)).toEqual(ids(`a${'\u093e'.repeat(99)}`));
    expect(ids(`a${'\u093e\u0301'.repeat(5000)}`)).toEqual([101, 100, 102]);
  });
});
