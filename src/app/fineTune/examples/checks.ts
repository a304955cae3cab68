import type { DatasetTask } from '../../../worker/client.ts';
import { clip, count, counted } from '../../format.ts';
import type { Row } from './data.ts';

export interface Finding {
  text: string;
  /** Ids of the rows; none where it is about all rows. */
  ids: readonly number[];
  /** Whether it is only work to do, and nothing is wrong. */
  isNote?: boolean;
}

/** The largest class may have at most so many times the texts of the smallest. */
const mostTimes = 5;
/** A class of fewer texts can hardly be learned and tested. */
const fewestTexts = 3;

/** Finds what the reader should know of the rows and of the tasks that are learned. */
export function findingsOf(tasks: readonly DatasetTask[], rows: readonly Row[]): Finding[] {
  return [
    ...waitingFinding(rows),
    ...nameFindings(tasks),
    ...classFindings(tasks, rows),
    ...repeatFindings(rows),
  ];
}

function classFindings(tasks: readonly DatasetTask[], rows: readonly Row[]): Finding[] {
  return tasks.flatMap(({ name, labels, counts }) => {
    const rare = labels.filter((_, i) => counts[i]! < fewestTexts);
    const most = Math.max(...counts);
    const least = Math.min(...counts);
    const idsOf = (some: readonly string[]) =>
      rows
        .filter((row) => Object.hasOwn(row.labels, name) && some.includes(row.labels[name]!))
        .map(({ id }) => id);
    const found: Finding[] = [];
    if (rare.length > 0) {
      const named = list(rare);
      found.push({
        text:
          `${clip(name, 40)}: ${named} ${rare.length === 1 ? 'has' : 'have'} fewer than ${fewestTexts} texts, too few to ` +
          'learn from and to test on. Add some, or give these texts another label or none.',
        ids: idsOf(rare),
      });
    } else if (most > mostTimes * least) {
      const large = labels[counts.indexOf(most)]!;
      const small = labels[counts.indexOf(least)]!;
      found.push({
        text:
          `${clip(name, 40)}: ${quoted(large)} has ${counted(most, 'text')}, ${quoted(small)} ${count(least)}. The model will ` +
          `lean towards ${quoted(large)}, and accuracy flatters it: look at macro-F1, or add texts for ${quoted(small)}.`,
        ids: [],
      });
    }
    const [alike] = repeated(labels, plain);
    if (alike) {
      found.push({
        text: `${clip(name, 40)}: ${list(alike)} differ in case or blanks only, and count as different labels.`,
        ids: idsOf(alike),
      });
    }
    return found;
  });
}

/** Groups of items that have the same key. */
function repeated<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** Texts are the same if they differ in case and blanks only. */
function repeatFindings(rows: readonly Row[]): Finding[] {
  const texts = rows.filter(({ text }) => text !== '');
  const [same, different]: [number[], number[]] = [[], []];
  for (const group of repeated(texts, keyOf)) {
    const ids = isContradiction(group) ? different : same;
    for (const { id } of group) ids.push(id);
  }
  const found = [
    {
      text: `${counted(different.length, 'row')} repeat a text with different labels: whichever the model says, one of them is wrong. Keep the right one.`,
      ids: different,
    },
    {
      text: `${counted(same.length, 'row')} repeat a text. One may be trained on and another held out, and accuracy looks better than it is. Keep one of each.`,
      ids: same,
    },
  ];
  return found.filter(({ ids }) => ids.length > 0);
}

function nameFindings(tasks: readonly DatasetTask[]): Finding[] {
  return tasks
    .filter(({ name }) => name.includes('.'))
    .map(({ name }) => ({
      text: `${clip(name, 40)}: a task’s name cannot have a dot. Rename it above, or leave it out.`,
      ids: [],
    }));
}

function waitingFinding(rows: readonly Row[]): Finding[] {
  const ids = rows
    .filter(({ text, labels }) => text === '' || Object.keys(labels).length === 0)
    .map(({ id }) => id);
  if (ids.length === 0) return [];
  const verb = ids.length === 1 ? 'has' : 'have';
  const text = `${counted(ids.length, 'row')} ${verb} no text or no label yet: not learned from.`;
  return [{ text, ids, isNote: true }];
}

/** Whether rows have two different labels of one task. */
function isContradiction(group: readonly Row[]): boolean {
  const seen = new Map<string, string>();
  return group.some(({ labels }) =>
    Object.entries(labels).some(([task, label]) => {
      const known = seen.get(task) ?? label;
      seen.set(task, known);
      return known !== label;
    }),
  );
}

/** Texts as they are compared. Rows never change, so each is made once. */
const keys = new WeakMap<Row, string>();

function keyOf(row: Row): string {
  const key = keys.get(row) ?? plain(row.text);
  keys.set(row, key);
  return key;
}

function plain(text: string): string {
  return text.trim().toLowerCase().replace(/\s+/g, ' ');
}

function quoted(label: string): string {
  return `“${clip(label, 30)}”`;
}

function list(labels: readonly string[]): string {
  const named = labels.slice(0, 3).map(quoted).join(', ');
  return labels.length > 3 ? `${named} and ${labels.length - 3} more` : named;
}
