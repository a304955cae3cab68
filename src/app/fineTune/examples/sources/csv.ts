import { csvLine } from '../../../../data/csv.ts';
import type { Column, Row } from '../data.ts';

/** The examples as lines of CSV: a column of texts, then a column for each task. */
export function* csvLines(columns: readonly Pick<Column, 'name'>[], rows: readonly Row[]): Generator<string> {
  const names = columns.map(({ name }) => name);
  yield csvLine(['text', ...names]);
  for (const { text, labels } of rows) {
    // Nobody has written in an empty row.
    if (text === '' && Object.keys(labels).length === 0) continue;
    yield csvLine([text, ...names.map((name) => (Object.hasOwn(labels, name) ? labels[name]! : ''))]);
  }
}
