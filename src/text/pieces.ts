/**
 * Ideographs beyond the BMP, as Python's BERT normalizer lists them (with its gap at U+2B820 to U+2B91F). The
 * JavaScript tokenizer reads UTF-16 units and misses them.
 */
const beyondBmp = '\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}';
export const supplementaryIdeographs = new RegExp(`[${beyondBmp}]`, 'gu');

/** Fewest UTF-16 units of a piece: about two sequences of 256 English tokens. */
const pieceLength = 2048;

/** Characters that end a word in every BERT pre-tokenizer, whatever their neighbours are. */
const boundaries = '\\t\\n\\r\\p{Z}\\p{P}$+<=>^`|~';
const ideographs = `\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff${beyondBmp}`;

/**
 * Makes a function that cuts a text into pieces. The ids of the pieces, joined, are the ids of the text, so a reader
 * that has enough ids can stop: a text of a megabyte costs no more than its first sentences.
 * @param addedTokens tokens that are matched as they stand ('[SEP]'); no cut is made at a character of one of them
 * @param splitIdeographs whether every ideograph is a word of its own
 * @returns a function of a text and of the fewest UTF-16 units of a piece; with 1 a piece is about a word
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

/** Whether an index is not in the middle of a surrogate pair. */
export function isWhole(text: string, index: number): boolean {
  return index === 0 || (text.codePointAt(index - 1) ?? 0) < 0x10000;
}

const longRun = /(?:(?![\t\n\r])[\p{M}\p{Cc}\p{Cf}\p{Co}\p{Cs}]){65,}/gu;
const dropped = /[\p{Mn}\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;
/** Marks that are kept: more than the 100 characters of the longest WordPiece word, so that the word stays unknown. */
const keptMarks = 1024;

/**
 * Shortens runs of combining marks, which String.normalize sorts in quadratic time. The ids stay the same where the
 * normalizer cleans the text and strips accents, because that removes these marks and control characters anyway.
 */
export function squeezeMarks(text: string): string {
  return text.replace(longRun, (run) => [...run.replace(dropped, '')].slice(0, keptMarks).join(''));
}
