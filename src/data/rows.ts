import { describe } from '../values/describe.ts';

/** A row of a data file. */
export interface LabelledRow {
  /** Number of the row, from 1. */
  row: number;
  text: string;
  /** Task and label, in the order of the columns. */
  labels: [task: string, label: string][];
}

/** A row that is left out, and why. For a column that is left out it is the header's row. */
export interface Rejected {
  row: number;
  reason: string;
}

export type Row = LabelledRow | Rejected;

/** Names of a column of texts, the likeliest first. */
const textNames = ['text', 'sentence', 'content', 'review', 'comment', 'message'];

/** Finds the column or key of the texts by its name. @returns its index, or −1 if there is none */
export function findTextName(names: readonly string[]): number {
  const plain = names.map((name) => name.toLowerCase());
  const known = textNames.find((name) => plain.includes(name));
  return known === undefined ? -1 : plain.indexOf(known);
}

/** Makes a row, or rejects a blank text and one without a label. @param keeps whether such a row is kept */
export function labelledRow(
  row: number,
  text: string,
  labels: [task: string, label: string][],
  keeps: boolean,
): Row {
  const trimmed = text.trim();
  if (trimmed === '' && !keeps) return { row, reason: 'the text is empty' };
  const present = labels.map(([task, label]): [string, string] => [task, label.trim()]);
  const kept = present.filter(([, label]) => label !== '');
  if (kept.length === 0 && !keeps) return { row, reason: 'it has no label' };
  return { row, text: trimmed, labels: kept };
}

/** Quotes the beginning of a text, without its line breaks. */
export function quoteLine(value: string): string {
  return describe(value.slice(0, 200).replace(/\s+/g, ' '));
}
