import { throwIfAborted } from '../errors.ts';
import type { TokenCounts } from '../types.ts';
import { pause } from './pause.ts';
import { isWhole } from './pieces.ts';
import type { TextTokenizer } from './tokenizer.ts';

type Pieces = Pick<TextTokenizer, 'pieces' | 'encodePiece'>;

export interface TokenizeOptions {
  /** Most tokens of a text, counting [CLS] and [SEP]; an integer of at least 2. */
  maxLength: number;
  /** Text in front of each text, which counts too; none if left out. */
  prompt?: string;
  signal?: AbortSignal;
}

/** Counts the tokens of texts and finds where each is cut. It pauses now and then. @throws AbortError */
export async function countTokens(
  tokenizer: Pieces,
  texts: readonly string[],
  { maxLength, prompt = '', signal }: TokenizeOptions,
): Promise<TokenCounts> {
  const breathe = pause();
  const counts: TokenCounts = { tokens: [], cuts: [] };
  for (const text of texts) {
    let tokens = 2;
    let start = 0;
    let cut = -1;
    for (const piece of tokenizer.pieces(prompt + text)) {
      const ids = tokenizer.encodePiece(piece);
      const room = maxLength - tokens;
      if (cut === -1 && ids.length > room) cut = start + cutPiece(tokenizer, piece, room);
      tokens += ids.length;
      start += piece.length;
      await breathe();
      throwIfAborted(signal);
    }
    counts.tokens.push(tokens);
    counts.cuts.push(cut === -1 ? -1 : Math.max(0, cut - prompt.length));
  }
  return counts;
}

/** Fewest UTF-16 units of the parts that a piece is searched in: a few words at once, then each word. */
const steps = [128, 1];

/** Finds where a piece with too many tokens is cut: part by part, up to the word that is cut. */
function cutPiece(tokenizer: Pieces, piece: string, room: number, [least, ...finer] = steps): number {
  if (least === undefined) return cutWord(tokenizer, piece, tokenizer.encodePiece(piece).slice(0, room));
  let start = 0;
  let free = room;
  for (const part of tokenizer.pieces(piece, least)) {
    const { length } = tokenizer.encodePiece(part);
    if (length > free) return start + cutPiece(tokenizer, part, free, finer);
    free -= length;
    start += part.length;
  }
  return start;
}

/** Characters to search on either side of a guess: a word of more than 100 is a single token. */
const reach = 100;

/**
 * Finds where a word is cut: after the longest beginning that has the kept ids and no others. The tokenizer gives no
 * offsets, so beginnings are tokenized: WordPiece takes the longest match first, so a beginning that ends with a token
 * has the same tokens. Where a token ends inside of a character that the normalizer splits (a Hangul syllable), the
 * whole character counts as seen.
 * @param kept the first ids of the word, fewer than it has
 */
function cutWord(tokenizer: Pieces, word: string, kept: readonly number[]): number {
  const idsTo = (end: number) => tokenizer.encodePiece(word.slice(0, end));
  const guess = longestWithin(word, (end) => idsTo(end).length <= kept.length);
  if (kept.length === 0) return guess;

  const first = Math.max(0, guess - reach);
  const last = Math.min(word.length, guess + reach);
  for (let end = last; end >= first; end -= 1) {
    if (!isWhole(word, end)) continue;
    const ids = idsTo(end);
    if (ids.length === kept.length && beginsWith(ids, kept)) return end;
  }
  for (let end = first; end <= last; end += 1) {
    if (isWhole(word, end) && beginsWith(idsTo(end), kept)) return end;
  }
  return guess;
}

/**
 * The length of a beginning that fits where the next longer one does not. Short ones are tried first, so that a
 * word of 100 kB costs no more than its first tokens.
 */
function longestWithin(word: string, fits: (end: number) => boolean): number {
  const whole = (end: number) => (isWhole(word, end) ? end : end - 1);
  let low = 0;
  let high = 8;
  while (high < word.length && fits(whole(high))) {
    low = high;
    high *= 2;
  }
  high = Math.min(high, word.length);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(whole(middle))) low = middle;
    else high = middle;
  }
  return whole(low);
}

function beginsWith(ids: readonly number[], start: readonly number[]): boolean {
  return start.length <= ids.length && start.every((id, i) => id === ids[i]);
}
