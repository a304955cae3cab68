import Papa from 'papaparse';

/** Cells that Papa Parse does not quote and some program misreads: with other separators, or blanks at an end. */
const NEEDS_QUOTES = /[;\t]|^\s|\s$/;

/**
 * Writes a line of CSV with its line break. An undefined cell is empty.
 * @param quoted index of a cell that gets quotes whether it needs them or not
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine(
  cells: readonly (string | number | boolean | undefined)[],
  { quoted }: { quoted?: number } = {},
): string {
  const quotes = (cell: unknown, i: number) => i === quoted || NEEDS_QUOTES.test(String(cell));
  return `${Papa.unparse([[...cells]], { quotes })}\r\n`;
}
