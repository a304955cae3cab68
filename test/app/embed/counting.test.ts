import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countOf, followLines, setText, totals } from '../../../src/app/embed/sentences/counting.ts';
import { chosenMaxLength } from '../../../src/app/embed/state.ts';
import { load } from '../../../src/app/model/state.ts';
import type { CountOptions, TokenCounts } from '../../../src/types.ts';
import type { SentenceTransformer } from '../../../src/worker/client.ts';
import { turns } from '../../support/waiting.ts';

/** What the model was asked, and the answers that it still owes. */
let asked: string[][];
let waiting: (() => void)[];
let stop: () => void;

/** A model of which a word is a token, and that answers when the test says so. */
function modelOf(maxLength: number): SentenceTransformer {
  const countTokens = async (texts: string[], { maxLength: most = maxLength, signal }: CountOptions = {}) => {
    asked.push(texts);
    await new Promise<void>((resume) => waiting.push(resume));
    signal?.throwIfAborted();
    const tokens = texts.map((text) => text.split(' ').length + 2);
    return { tokens, cuts: tokens.map((count) => (count > most ? 4 : -1)) } satisfies TokenCounts;
  };
  return { maxLength, countTokens } as unknown as SentenceTransformer;
}

async function answer(): Promise<void> {
  while (waiting.length > 0) {
    for (const resume of waiting.splice(0)) resume();
    await turns(1);
  }
}

beforeEach(() => {
  asked = [];
  waiting = [];
  setText('');
  load.value = { kind: 'ready', model: modelOf(8) };
  stop = followLines();
});

afterEach(() => {
  stop();
  chosenMaxLength.value = undefined;
});

describe('counting tokens', () => {
  it('asks once for each line, and again only for those that changed', async () => {
    setText('one two\n\none two\nthree\n  ');
    await answer();
    expect(asked).toEqual([['one two', 'three']]);
    expect(totals.value).toEqual({ sentences: 3, counted: 3, tokens: 11, tooLong: [] });
    setText('one two\nthree four\nthree');
    await answer();
    expect(asked.slice(1)).toEqual([['three four']]);
    expect(countOf('three four')).toEqual({ tokens: 4, cut: -1 });
    expect(countOf('never there')).toBeUndefined();
  });

  it('names the lines that are too long, for the length that holds', async () => {
    setText('a\nb c d e f g h');
    await answer();
    expect(totals.value.tooLong).toEqual([1]);
    expect(countOf('b c d e f g h')).toEqual({ tokens: 9, cut: 4 });
    load.value = { kind: 'ready', model: modelOf(64) };
    await answer();
    expect(totals.value.tooLong).toEqual([]);
    chosenMaxLength.value = 16;
    expect(countOf('a')).toBeUndefined();
    await answer();
    expect(countOf('a')).toEqual({ tokens: 3, cut: -1 });
  });

  it('asks for many lines in portions, and for no more of a text that is no longer there', async () => {
    const text = Array.from({ length: 600 }, (_, i) => `line ${i}`).join('\n');
    setText(text);
    expect(asked.map((some) => some.length)).toEqual([250]);
    setText('else');
    await answer();
    expect(asked.slice(1)).toEqual([['else']]);
    setText(text);
    await answer();
    expect(asked.slice(2).map((some) => some.length)).toEqual([250, 250, 100]);
    expect(totals.value).toMatchObject({ sentences: 600, counted: 600, tokens: 2400 });
  });

  it('asks for a line of 100,000 letters alone', async () => {
    setText(`${'x'.repeat(100_000)}\nshort`);
    await answer();
    expect(asked.map((some) => some.length)).toEqual([1, 1]);
  });
});
