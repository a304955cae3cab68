import { isObject } from '../values/isObject.ts';
import { findTextName, labelledRow, quoteLine, type Row } from './rows.ts';

/**
 * Reads the rows of JSONL: an object a line, { text, topic, sentiment } or { text, labels: { topic, sentiment } }.
 * Where there is an object of labels, other keys are ignored. A number becomes the label of its decimal form; null
 * and '' are no labels. A row is a line; blank lines count and are skipped.
 * @param text with '\n' for every line break @param keeps whether to keep rows without a text or a label
 * @see https://jsonlines.org
 */
export function readJsonLines(text: string, keeps: boolean): Row[] {
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [readLine(i + 1, line, keeps)]));
}

function readLine(row: number, line: string, keeps: boolean): Row {
  const value = parse(line);
  if (value === undefined) return { row, reason: 'it is not valid JSON' };
  if (!isObject(value)) return { row, reason: `it is ${kind(value)}, not an object such as {"text": …}` };
  const keys = Object.keys(value);
  const textKey = keys[findTextName(keys)];
  if (textKey === undefined) return { row, reason: 'it has no "text"' };
  const text = value[textKey];
  if (typeof text !== 'string') {
    return { row, reason: `${quoteLine(textKey)} is ${kind(text)}, not a string` };
  }

  const labels: [string, string][] = [];
  const { [textKey]: _, ...others } = value;
  const given = isObject(value.labels) ? value.labels : others;
  for (const [task, label] of Object.entries(given)) {
    if (label === null) continue;
    if (typeof label !== 'string' && typeof label !== 'number') {
      return { row, reason: `the label ${quoteLine(task)} is ${kind(label)}, not a string or a number` };
    }
    labels.push([task, String(label)]);
  }
  const nameless = labels.some(([task]) => task.trim() === '');
  if (nameless) return { row, reason: 'a label has no task: its key is empty' };
  return labelledRow(row, text, labels, keeps);
}

/** @returns undefined for what is no JSON */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
