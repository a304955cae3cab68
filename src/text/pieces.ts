/**
 * Ideographs beyond the BMP, as Python's BERT normalizer knows them (with its gap at U+2B820 to U+2B91F).
 * The JavaScript library looks at UTF-16 units and sees none of them.
 */
const beyondBmp = '\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}';
export const supplementaryIdeographs = new RegExp(`[${beyondBmp}]`, 'gu');

/** Default for the UTF-16 units that a piece has at least: about two sequences of 256 English tokens. */
const pieceLength = 2048;

/** Characters at which a word ends for every BERT pre-tokenizer, whatever stands on either side. */
const boundaries = '\\t\\n\\r\\p{Z}\\p{P}$+<=>^`|~';
const ideographs = `\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff${beyondBmp}`;

/**
 * Cuts a text into pieces that may be tokenized one by one: the ids of the pieces, joined, are the ids of the text.
 * So a reader that has enough ids can stop, and a text of a megabyte costs no more than its first sentences.
 * @param addedTokens texts that are tokens as they stand ('[SEP]'): no cut at a character that one of them contains
 * @param splitIdeographs whether every ideograph is a word of its own
 * @returns a function of a text and of the UTF-16 units that a piece has at least, unless the text ends; with 1 a
 * piece is about a word
 */
export function createPieces(
  addedTokens: readonly string[],
  splitIdeographs: boolean,
): (text: string, least?: number) => Generator<string> {
  const kept = new Set(addedTokens.join(''));
  const notKept = [...kept].map((character) => `(?!\\u{${character.codePointAt(0)!.toString(16)}})`).join('');
  const boundary = new RegExp(`${notKept}[${boundaries}${splitIdeographs ? ideographs : ''}]`, 'gu');

  return function* pieces(text, least = pieceLength) {
    let start = 0;
    while (start < text.length) {
      const from = start + least;
      // Inside a surrogate pair the search would begin with the pair, and a piece could be empty.
      boundary.lastIndex = from + (isWhole(text, from) ? 0 : 1);
      const end = boundary.exec(text)?.index ?? text.length;
      yield text.slice(start, end);
      start = end;
    }
  };
}

/** Whether no surrogate pair lies across an index. */
export function isWhole(text: string, index: number): boolean {
  return index === 0 || (text.codePointAt(index - 1) ?? 0) < 0x10000;
}

const longRun = /(?:(?![\t\n\r])[\p{M}\p{Cc}\p{Cf}\p{Co}\p{Cs}]){65,}/gu;
const dropped = /[\p{Mn}\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
/** More than the 100 characters that a WordPiece word may have, so that a shortened word stays unknown. */
const keptMarks = 1024;

/**
 * Shortens runs of combining marks, which canonical ordering (inside String.normalize) sorts in quadratic time.
 * For a normalizer that cleans and strips accents the outcome is the same: it removes nonspacing marks and control
 * characters anyway.
 */
export function squeezeMarks(text: string): string {
  return text.replace(longRun, (run) => [...run.replace(dropped, '')].slice(0, keptMarks).join(''));
}
