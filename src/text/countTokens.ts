import { throwIfAborted } from '../errors.ts';
import type { TokenCounts } from '../types.ts';
import { pause } from './pause.ts';
import { isWhole } from './pieces.ts';
import type { TextTokenizer } from './tokenizer.ts';

type Pieces = Pick<TextTokenizer, 'pieces' | 'encodePiece'>;

export interface CountTokensOptions {
  /** Tokens a text may have, [CLS] and [SEP] counted; an integer of at least 2. */
  maxLength: number;
  /** Stands in front of each text, and counts; nothing if left out. A text that it leaves no room for is cut at 0. */
  prompt?: string;
  signal?: AbortSignal;
}

/**
 * Counts the tokens of texts and finds where each is cut. Messages, such as a stop, get their turn meanwhile.
 * @throws AbortError
 */
export async function countTokens(
  tokenizer: Pieces,
  texts: readonly string[],
  { maxLength, prompt = '', signal }: CountTokensOptions,
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

/**
 * UTF-16 units that the parts of a piece have at least: first a few words together, which is quicker, then each word.
 */
const steps = [128, 1];

/** Where a piece is cut that has more tokens than there is room for: part by part, up to the word that is cut. */
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

/** Characters that are looked at on either side of a guess; no word of more than 100 is more than one token. */
const reach = 100;

/**
 * Where a word is cut: after the longest beginning that has the kept ids and no others. The tokenizer gives no
 * offsets, so beginnings are tokenized: WordPiece takes the longest match first, so one that ends where a token ends
 * has the same tokens. What the normalizer takes apart (a Hangul syllable) may be cut within a character, which then
 * counts as seen.
 * @param kept ids of the word that are seen, fewer than it has
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
 * A beginning that fits and is followed by one that does not. It grows from a short one, so that a word of 100 kB
 * with a few tokens at its front costs no more than these.
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
