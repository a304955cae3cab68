import type { Column, Row } from './data.ts';

/**
 * The examples as CSV, line by line, each with its line break: the column of texts, then one for each task. Cells are quoted
 * as RFC 4180 says, where they need it.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function* csvLines(columns: readonly Pick<Column, 'name'>[], rows: readonly Row[]): Generator<string> {
  const names = columns.map(({ name }) => name);
  yield line(['text', ...names]);
  for (const { text, labels } of rows) {
    // An empty row of the table is one that nobody has written in.
    if (text === '' && Object.keys(labels).length === 0) continue;
    yield line([text, ...names.map((name) => (Object.hasOwn(labels, name) ? labels[name]! : ''))]);
  }
}

function line(cells: readonly string[]): string {
  return `${cells.map(quote).join(',')}\r\n`;
}

/** Quotes are needed by separators, quotes, line breaks and blanks at the ends. */
function quote(cell: string): string {
  return /[",;\t\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
