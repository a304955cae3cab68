/**
 * Writes a line of CSV with its line break. Cells are quoted where they need it.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return `${cells.map((cell) => quote(cell === undefined ? '' : String(cell))).join(',')}\r\n`;
}

/** Quotes a cell that has a separator, a quote, a line break, or a blank at an end. */
function quote(cell: string): string {
  return /[",;\t\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
