/** The sentences of a text: its lines as they were typed, without blank ones. */
export function toSentences(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** Letters of a word at most. BERT's WordPiece makes a single unknown token of a longer one, as in Python. */
export const longestWord = 100;

// Each ideograph is a word of its own, so a long run of them is not a long word.
const longWord = new RegExp(`(?:(?!\\p{Script=Han})[\\p{L}\\p{N}]){${longestWord + 1}}`, 'u');

export function hasLongWord(sentence: string): boolean {
  return longWord.test(sentence);
}
