import Papa from 'papaparse';

/**
 * Cells that Papa Parse leaves bare and some program reads wrong: with another program's separators, or blanks at the
 * ends.
 */
const NEEDS_QUOTES = /[;\t]|^\s|\s$/;

/**
 * A line of CSV with its line break. An undefined cell is empty.
 * @param quoted index of a cell that is in quotes whether it needs them or not
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine(
  cells: readonly (string | number | boolean | undefined)[],
  { quoted }: { quoted?: number } = {},
): string {
  const quotes = (cell: unknown, i: number) => i === quoted || NEEDS_QUOTES.test(String(cell));
  return `${Papa.unparse([[...cells]], { quotes })}\r\n`;
}
