import Papa from 'papaparse';
import { ArgumentError } from '../errors.ts';
import { findTextName, labelledRow, quoteLine, type Rejected, type Row } from './rows.ts';

interface Column {
  name: string;
  column: number;
}

/**
 * Reads the rows of a table with a header, quoted as RFC 4180 says (a quote inside quotes is doubled, and line breaks
 * may be inside). Rows are those that a spreadsheet shows; blank rows count and are skipped.
 * @param text with '\n' for every line break @param keeps whether to keep rows without a text or a label
 * @throws ArgumentError if fewer than two columns have names; with `keeps`, if none has
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function readDelimited(
  text: string,
  delimiter: ',' | ';' | '\t',
  keeps: boolean,
): { tasks: string[]; rows: Row[] } {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n' });
  // The first error of a row is the cause of the others: in reverse order it is the one that stays in the map.
  const badQuotes = new Map(errors.reverse().map(({ row, code }) => [row, quoteReasons[code] ?? code]));
  const first = data.findIndex((cells) => !isBlank(cells));
  const header = (data[first] ?? []).map((name) => name.trim());
  const { text: texts, tasks, rejected } = readHeader(header, first + 1, delimiter, keeps);

  const rows: Row[] = [...rejected];
  for (let i = first + 1; i < data.length; i++) {
    const cells = data[i]!;
    if (isBlank(cells)) continue;
    const bad = badQuotes.get(i);
    const reason = bad ? bad + taken(cells) : misfit(cells, header);
    const labels = () => tasks.map(({ name, column }): [string, string] => [name, cells[column]!]);
    rows.push(reason ? { row: i + 1, reason } : labelledRow(i + 1, cells[texts.column]!, labels(), keeps));
  }
  return { tasks: tasks.map(({ name }) => name), rows };
}

const quoteReasons: Record<string, string> = {
  MissingQuotes: 'a quote (") opens and never closes',
  InvalidQuotes: 'a quoted cell goes on after its closing quote: double the quotes inside it ("")',
};

/** Tells how many further lines are lost with a row of broken quotes. */
function taken(cells: readonly string[]): string {
  const lines = cells.join('').trimEnd().split('\n').length - 1;
  if (lines === 0) return '';
  return `; ${lines === 1 ? 'the next line is' : `the next ${lines} lines are`} lost with it`;
}

function readHeader(
  header: readonly string[],
  row: number,
  delimiter: string,
  keeps: boolean,
): { text: Column; tasks: Column[]; rejected: Rejected[] } {
  const rejected: Rejected[] = [];
  const named: Column[] = [];
  const seen = new Set<string>();
  const reject = (reason: string) => rejected.push({ row, reason });
  for (const [column, name] of header.entries()) {
    if (name === '') reject(`column ${column + 1} has no name: it is left out`);
    else if (seen.has(name))
      reject(`two columns are called ${quoteLine(name)}: column ${column + 1} is left out`);
    else named.push({ name, column });
    seen.add(name);
  }
  if (named.length < (keeps ? 1 : 2)) {
    const mark = delimiter === '\t' ? 'tabs' : `"${delimiter}"`;
    throw new ArgumentError(
      `readDataset(): the header ${quoteLine(header.join(delimiter))} has ${named.length} named column${named.length === 1 ? '' : 's'}, ` +
        `separated by ${mark}. The first row names the columns: the text, then one for each task, such as text${delimiter}topic.`,
      { argument: 'text' },
    );
  }
  const text = Math.max(0, findTextName(named.map(({ name }) => name)));
  return { text: named[text]!, tasks: named.filter((_, i) => i !== text), rejected };
}

/** Tells why a row does not fit its header; undefined if it does. */
function misfit(cells: readonly string[], header: readonly string[]): string | undefined {
  if (cells.length !== header.length) {
    const hint = cells.length > header.length ? '; a text that has separators needs quotes around it' : '';
    return `it has ${cells.length} cell${cells.length === 1 ? '' : 's'} where the header has ${header.length}${hint}`;
  }
  return cells.every((cell, i) => cell.trim() === header[i]) ? 'it is the header once more' : undefined;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}
