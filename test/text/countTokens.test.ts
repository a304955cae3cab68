import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/errors.ts';
import { countTokens } from '../../src/text/countTokens.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { effort } from '../support/effort.ts';
import { turns } from '../support/waiting.ts';

const folder = 'public/weights/all-MiniLM-L6-v2';
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const tokenizer = createTokenizer(
  readJson(`${folder}/tokenizer.json`),
  readJson(`${folder}/tokenizer_config.json`),
);
const ids = (text: string, maxLength = 1_000_000) => tokenizer.encode(text, maxLength).ids;

async function cut(text: string, maxLength: number): Promise<[seen: string, unseen: string] | undefined> {
  const { cuts } = await countTokens(tokenizer, [text], { maxLength });
  return cuts[0] === -1 ? undefined : [text.slice(0, cuts[0]), text.slice(cuts[0])];
}

describe('counting', () => {
  it('counts each text uncut, [CLS] and [SEP] with it', async () => {
    const texts = ['', '   ', 'cat', 'cat cat cat cat', 'unbelievably', 'The quick brown fox. '.repeat(500)];
    const { tokens, cuts } = await countTokens(tokenizer, texts, { maxLength: 5 });
    expect(tokens).toEqual(texts.map((text) => ids(text).length));
    expect(tokens.slice(0, 4)).toEqual([2, 2, 3, 6]);
    expect(cuts.map((at) => at === -1)).toEqual(texts.map((text) => !tokenizer.encode(text, 5).truncated));
  });

  it('of no texts is empty', async () => {
    expect(await countTokens(tokenizer, [], { maxLength: 8 })).toEqual({ tokens: [], cuts: [] });
  });
});

describe('with a prompt in front', () => {
  const prompt = 'search query: ';

  it('counts its tokens, and says where the text itself is cut', async () => {
    const texts = ['cat dog bird', 'cat', '', 'embeddings of all kinds'];
    const { tokens, cuts } = await countTokens(tokenizer, texts, { maxLength: 7, prompt });
    expect(tokens).toEqual(texts.map((text) => ids(prompt + text).length));
    expect(cuts).toEqual([8, -1, -1, 'embed'.length]);
  });

  it('cuts a text at 0 where there is no room for any of it', async () => {
    for (const maxLength of [2, 4, 5])
      expect((await countTokens(tokenizer, ['cat'], { maxLength, prompt })).cuts).toEqual([0]);
    expect((await countTokens(tokenizer, [''], { maxLength: 4, prompt })).cuts).toEqual([0]);
  });

  it('reads a word that the prompt begins as one', async () => {
    const { tokens, cuts } = await countTokens(tokenizer, ['ten dogs'], { maxLength: 3, prompt: 'kit' });
    expect(tokens).toEqual([ids('kitten dogs').length]);
    expect(cuts).toEqual(['ten '.length]);
  });
});

describe('the cut', () => {
  it.each<[string, string, number, [string, string] | undefined]>([
    ['between words comes after the blanks', 'cat  dog\n bird', 4, ['cat  dog\n ', 'bird']],
    ['is not there where all is seen', 'cat dog', 4, undefined],
    ['is not there where only blanks follow', 'cat dog   \n', 4, undefined],
    ['is at the first word where no token is seen', '  cat', 2, ['  ', 'cat']],
    ['is inside a word of several tokens', 'embeddings', 3, ['em', 'beddings']],
    ['and later in it', 'embeddings', 5, ['embedding', 's']],
    ['is before a punctuation mark', 'cat, dog', 3, ['cat', ', dog']],
    ['is between ideographs', '中文字', 4, ['中文', '字']],
    ['is before a punctuation mark beyond the BMP', '𐄀𐄀cat', 3, ['𐄀', '𐄀cat']],
    ['is between those beyond the BMP', '𠀀𠀁𠀂', 4, ['𠀀𠀁', '𠀂']],
    ['is after an emoji, whole', 'cat 😀 dog', 4, ['cat 😀 ', 'dog']],
    ['is before an emoji, whole', 'cat 😀😀', 3, ['cat ', '😀😀']],
    ['comes after the accents of a character', 'cafe\u0301\u0323 dog', 3, ['cafe\u0301\u0323 ', 'dog']],
    ['comes after what the tokenizer drops', 'cat \u200b\u0301dog', 3, ['cat \u200b\u0301', 'dog']],
    ['comes after an unknown word as a whole', `${'x'.repeat(150)} dog`, 3, [`${'x'.repeat(150)} `, 'dog']],
    ['is at added tokens as they stand', 'cat [MASK] dog', 3, ['cat ', '[MASK] dog']],
    ['and after them', 'cat [MASK] dog', 4, ['cat [MASK] ', 'dog']],
    ['counts a character seen in part as seen', '한 cat', 3, ['한', ' cat']],
    ['is at a no-break space as at any blank', 'cat\u00a0dog\u2009bird', 4, ['cat\u00a0dog\u2009', 'bird']],
  ])('%s', async (_, text, maxLength, expected) => {
    expect(await cut(text, maxLength)).toEqual(expected);
  });

  it('leaves on either side what was said of it, for any text and limit', async () => {
    const word = fc.constantFrom(
      'cat',
      'Embeddings',
      'ångström',
      'antidisestablishment',
      '中文',
      '[SEP]',
      '😀',
      'é',
      'x!y',
    );
    const gap = fc.constantFrom('', ' ', '  ', '\n', '\u00a0', '\u200b', '-', '[', '\u0301');
    const parts = fc.array(fc.tuple(word, gap), { minLength: 1, maxLength: 900 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 2, max: 300 }), async (given, maxLength) => {
        const text = given.flat().join('');
        const { tokens, cuts } = await countTokens(tokenizer, [text], { maxLength });
        const all = ids(text);
        expect(tokens).toEqual([all.length]);
        if (all.length <= maxLength) {
          expect(cuts).toEqual([-1]);
          return;
        }
        // The seen part alone has the tokens that the model is given, and one more character has others.
        const at = cuts[0]!;
        expect(ids(text.slice(0, at))).toEqual(tokenizer.encode(text, maxLength).ids);
        const next = String.fromCodePoint(text.codePointAt(at)!);
        expect(ids(text.slice(0, at) + next)).not.toEqual(ids(text.slice(0, at)));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['prose', 'The quick brown fox jumps. '.repeat(4000)],
    ['words between no-break spaces', 'embeddings\u00a0'.repeat(10_000)],
    ['ideographs', '中'.repeat(100_000)],
    ['ideographs beyond the BMP', '𠀀'.repeat(50_000)],
    ['words between what has no boundary', 'embeddings\u0085\u200b'.repeat(8000)],
    ['letters', 'a'.repeat(100_000)],
    ['accents', `embedding${'\u0301\u0323'.repeat(50_000)}s`],
    ['blanks', `${' '.repeat(100_000)}cat cat`],
  ])('is quick in a line of 100 kB: %s', async (_, text) => {
    for (const maxLength of [2, 3, 256]) {
      let cuts: number[] = [];
      const taken = await effort(async () => {
        cuts = (await countTokens(tokenizer, [text], { maxLength })).cuts;
      });
      expect(taken).toBeLessThan(75);
      expect(cuts[0] === -1).toBe(!tokenizer.encode(text, maxLength).truncated);
    }
  });

  it('gives way to messages and stops when it is told', async () => {
    const stop = new AbortController();
    const counting = countTokens(tokenizer, Array(100_000).fill('some words of a line'), {
      maxLength: 64,
      signal: stop.signal,
    });
    await turns(1);
    stop.abort();
    await expect(counting).rejects.toBeInstanceOf(AbortError);
  });
});
