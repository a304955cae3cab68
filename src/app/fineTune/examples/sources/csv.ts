import { csvLine } from '../../../../data/csv.ts';
import type { Column, Row } from '../data.ts';

/**
 * The examples as CSV, line by line, each with its line break: the column of texts, then one for each task.
 */
export function* csvLines(columns: readonly Pick<Column, 'name'>[], rows: readonly Row[]): Generator<string> {
  const names = columns.map(({ name }) => name);
  yield csvLine(['text', ...names]);
  for (const { text, labels } of rows) {
    // An empty row of the table is one that nobody has written in.
    if (text === '' && Object.keys(labels).length === 0) continue;
    yield csvLine([text, ...names.map((name) => (Object.hasOwn(labels, name) ? labels[name]! : ''))]);
  }
}
