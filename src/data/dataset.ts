import { ArgumentError } from '../errors.ts';
import { readDelimited } from './delimited.ts';
import { readJsonLines } from './jsonLines.ts';
import type { Rejected, Row } from './rows.ts';

/** Comma or semicolon separated, tab separated, or an object of JSON on each line. */
export type DatasetFormat = 'csv' | 'tsv' | 'jsonl';

/** A text and its labels by task. A task without a label is left out. */
export interface DatasetExample {
  text: string;
  labels: Record<string, string>;
}

/** A column of labels. */
export interface DatasetTask {
  name: string;
  /** In the order in which they first appear. */
  labels: string[];
  /** Examples that have each label. */
  counts: number[];
}

/** The content of a file of examples. */
export interface Dataset {
  examples: DatasetExample[];
  /**
   * Tasks that at least one example has a label for, in the order of the columns; with `keepIncomplete` all columns.
   */
  tasks: DatasetTask[];
  /** Rows that were left out, and why, in their order. Rows count from 1, the header and blank ones included. */
  rejected: Rejected[];
}

/** Options of reading a file of examples. */
export interface DatasetOptions {
  /** Guessed if left out: JSONL begins with a brace, TSV has a tab in its header. */
  format?: DatasetFormat;
  /**
   * Whether a row without a label or without a text becomes an example to be completed, and is not rejected; false if
   * left out.
   */
  keepIncomplete?: boolean;
}

const formats: readonly DatasetFormat[] = ['csv', 'tsv', 'jsonl'];

/**
 * Examples from the text of a file, or a pasted one. CSV (commas, or semicolons where the header has no comma) and
 * TSV have a header; the column called text or sentence (or content, review, comment, message; else the first) holds
 * the texts, every other column is a task, and a blank cell is no label. JSONL has { text, topic, … } or { text,
 * labels: { topic, … } } on each line. Texts and labels are trimmed, line breaks inside a text become '\n'.
 * @throws ArgumentError if this is no text, no known format, or a table without a column of texts and one of labels
 *   (with `keepIncomplete`: without a column of texts)
 */
export function readDataset(text: string, options: DatasetOptions = {}): Dataset {
  const plain = checkText(text);
  const format = options.format ?? guessFormat(plain);
  const keeps = options.keepIncomplete ?? false;
  if (!formats.includes(format)) {
    throw new ArgumentError(`readDataset(): format is ${String(format)}. Use one of ${formats.join(', ')}.`, {
      argument: 'format',
    });
  }
  if (format === 'jsonl') return collect([], readJsonLines(plain, keeps), keeps);
  const delimiter = format === 'tsv' ? '\t' : commaOrSemicolon(plain);
  const { tasks, rows } = readDelimited(plain, delimiter, keeps);
  return collect(tasks, rows, keeps);
}

/** Removes a byte order mark and writes every line break as '\n'. */
function checkText(text: unknown): string {
  if (typeof text !== 'string') {
    throw wrong(`the data is not a string but ${text === null ? 'null' : typeof text}. Pass a file's text.`);
  }
  if (text.includes('\0')) {
    throw wrong('this is not text, or not UTF-8. Save a spreadsheet as CSV (UTF-8) first.');
  }
  const plain = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  if (plain.trim() === '') throw wrong('there is nothing but blanks. Give at least a header and one row.');
  return plain;
}

function guessFormat(text: string): DatasetFormat {
  if (/^\s*\{/.test(text)) return 'jsonl';
  if (/^\s*\[\s*\{/.test(text)) {
    throw wrong(
      'this is a JSON list. Put one object on each line, without brackets and commas between them.',
    );
  }
  return headerOf(text).includes('\t') ? 'tsv' : 'csv';
}

function commaOrSemicolon(text: string): ',' | ';' {
  const header = headerOf(text);
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

/** The first line that is not blank, without quoted names, which may have separators in them. */
function headerOf(text: string): string {
  return (/\S[^\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
}

function collect(names: readonly string[], rows: readonly Row[], keeps: boolean): Dataset {
  const examples: DatasetExample[] = [];
  const rejected: Rejected[] = [];
  const counts = new Map(names.map((name) => [name, new Map<string, number>()]));
  for (const row of rows) {
    if ('reason' in row) {
      rejected.push(row);
      continue;
    }
    // fromEntries() makes own properties of all names, '__proto__' too.
    examples.push({ text: row.text, labels: Object.fromEntries(row.labels) });
    for (const [task, label] of row.labels) {
      const known = counts.get(task) ?? new Map<string, number>();
      counts.set(task, known.set(label, (known.get(label) ?? 0) + 1));
    }
  }
  const tasks = [...counts]
    .filter(([, labels]) => keeps || labels.size > 0)
    .map(([name, labels]) => ({ name, labels: [...labels.keys()], counts: [...labels.values()] }));
  return { examples, tasks, rejected };
}

function wrong(what: string): ArgumentError {
  return new ArgumentError(`readDataset(): ${what}`, { argument: 'text' });
}
