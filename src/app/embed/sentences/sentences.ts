/** The sentences of a text: one a line, as typed; blank lines are none. */
export function toSentences(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** Letters that a word may have: BERT's WordPiece takes a longer one for a single unknown token, as in Python. */
export const longestWord = 100;

// Ideographs are words of their own, so a long run of them is none.
const longWord = new RegExp(`(?:(?!\\p{Script=Han})[\\p{L}\\p{N}]){${longestWord + 1}}`, 'u');

/** Whether a sentence has a word too long to be read. */
export function hasLongWord(sentence: string): boolean {
  return longWord.test(sentence);
}
