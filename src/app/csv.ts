/**
 * A line of CSV with its line break. Cells are quoted where they need it.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return `${cells.map((cell) => quote(cell === undefined ? '' : String(cell))).join(',')}\r\n`;
}

/** Quotes are needed by separators, quotes, line breaks and blanks at the ends. */
function quote(cell: string): string {
  return /[",;\t\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
