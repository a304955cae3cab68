/** The sentences of a text: one a line, as typed; blank lines are none. */
export function toSentences(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}
