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

export function classFindings(tasks: readonly DatasetTask[], rows: readonly Row[]): Finding[] {
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
    const alike = alikeLabels(labels);
    if (alike) {
      found.push({
        text: `${clip(name, 40)}: ${list(alike)} differ in case or blanks only, and count as different labels.`,
        ids: idsOf(alike),
      });
    }
    return found;
  });
}

function alikeLabels(labels: readonly string[]): string[] | undefined {
  const byKey = new Map<string, string[]>();
  for (const label of labels) {
    const key = plain(label);
    byKey.set(key, [...(byKey.get(key) ?? []), label]);
  }
  return [...byKey.values()].find(({ length }) => length > 1);
}

/**
 * Ids of rows that repeat a text, with the same labels or with different ones. Texts are the same if they differ in
 * case and blanks only. Labels differ if one task has two of them.
 */
export function repeatsOf(rows: readonly Row[]): Record<'same' | 'different', number[]> {
  const byText = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.text === '') continue;
    const key = keyOf(row);
    const others = byText.get(key) ?? [];
    others.push(row);
    byText.set(key, others);
  }
  const found = { same: [] as number[], different: [] as number[] };
  for (const group of byText.values()) {
    if (group.length === 1) continue;
    const place = isContradiction(group) ? found.different : found.same;
    for (const { id } of group) place.push(id);
  }
  return found;
}

export function repeatFindings({ same, different }: ReturnType<typeof repeatsOf>): Finding[] {
  const found: Finding[] = [];
  if (different.length > 0) {
    found.push({
      text: `${counted(different.length, 'row')} repeat a text with different labels: whichever the model says, one of them is wrong. Keep the right one.`,
      ids: different,
    });
  }
  if (same.length > 0) {
    found.push({
      text: `${counted(same.length, 'row')} repeat a text. One may be trained on and another held out, and accuracy looks better than it is. Keep one of each.`,
      ids: same,
    });
  }
  return found;
}

export function nameFindings(tasks: readonly DatasetTask[]): Finding[] {
  return tasks
    .filter(({ name }) => name.includes('.'))
    .map(({ name }) => ({
      text: `${clip(name, 40)}: a task’s name cannot have a dot. Rename it above, or leave it out.`,
      ids: [],
    }));
}

export function waitingFinding(rows: readonly Row[]): Finding[] {
  const ids = rows
    .filter(({ text, labels }) => text === '' || Object.keys(labels).length === 0)
    .map(({ id }) => id);
  if (ids.length === 0) return [];
  const verb = ids.length === 1 ? 'has' : 'have';
  return [
    {
      text: `${counted(ids.length, 'row')} ${verb} no text or no label yet: not learned from.`,
      ids,
      isNote: true,
    },
  ];
}

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
