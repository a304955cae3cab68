import { type Dataset, type DatasetTask, stratifiedSplit } from '../../../worker/client.ts';

/** A row of the table; blank text or no label: it waits, and is not learned from. Never changed, only replaced. */
export interface Row {
  /** Its own as long as the page lives. */
  id: number;
  text: string;
  labels: Readonly<Record<string, string>>;
}

/** A column of labels. */
export interface Column {
  name: string;
  /** All that it ever had, in the order of their coming: an edit changes neither order nor colours of the others. */
  labels: readonly string[];
}

/** The examples as they are edited. Never changed, only replaced: what was can be had back. */
export interface ExampleSet {
  name: string;
  isEdited: boolean;
  rows: readonly Row[];
  columns: readonly Column[];
  /** Rows of the file that could not be read. */
  rejected: Dataset['rejected'];
}

/** A text with labels of the chosen tasks. */
export interface LabelledText {
  text: string;
  labels: Record<string, string>;
}

/** The texts that are learned from, and the rows that they stand in. */
export interface Usable {
  texts: LabelledText[];
  ids: number[];
}

/** A column with more values than that is hardly one of labels. */
export const mostLabels = 50;

let lastId = 0;

export function newRow(text: string, labels: Readonly<Record<string, string>>): Row {
  lastId += 1;
  return { id: lastId, text, labels };
}

export function newSet(name: string, { examples, tasks, rejected }: Dataset): ExampleSet {
  return {
    name,
    isEdited: false,
    rows: examples.map(({ text, labels }) => newRow(text, labels)),
    columns: tasks.map(({ name, labels }) => ({ name, labels })),
    rejected,
  };
}

/** Why a column cannot be learned, or is not likely to be meant so; undefined where it can. */
export function doubt({ labels }: Pick<DatasetTask, 'labels'>): string | undefined {
  if (labels.length === 0) return 'no labels yet';
  if (labels.length === 1) return 'one label only';
  if (labels.length > mostLabels) return `${labels.length} different labels`;
  return undefined;
}

/** The columns as tasks: the labels that texts have now, and how many have each. */
export function tasksOf({ rows, columns }: Pick<ExampleSet, 'rows' | 'columns'>): DatasetTask[] {
  return columns.map(({ name, labels }) => {
    const counts = new Map(labels.map((label) => [label, 0]));
    for (const row of rows) {
      if (row.text === '' || !Object.hasOwn(row.labels, name)) continue;
      const label = row.labels[name]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const used = [...counts].filter(([, count]) => count > 0);
    return { name, labels: used.map(([label]) => label), counts: used.map(([, count]) => count) };
  });
}

/** The texts that have a label of one of the tasks, with those labels alone. */
export function usableOf(rows: readonly Row[], tasks: readonly string[]): Usable {
  const texts: LabelledText[] = [];
  const ids: number[] = [];
  for (const { id, text, labels } of rows) {
    if (text === '') continue;
    const chosen = labelsFor(labels, tasks);
    if (!chosen) continue;
    texts.push({ text, labels: chosen });
    ids.push(id);
  }
  return { texts, ids };
}

/** The labels of these tasks; the same object where there are no others. undefined if there are none. */
function labelsFor(labels: Row['labels'], tasks: readonly string[]): LabelledText['labels'] | undefined {
  const own = Object.keys(labels);
  const chosen = own.filter((task) => tasks.includes(task));
  if (chosen.length === 0) return undefined;
  if (chosen.length === own.length) return labels;
  return Object.fromEntries(chosen.map((task) => [task, labels[task]!]));
}

/** Which texts are held out, by their index in ascending order: the trainer's own split. A seed that is none counts as 0. */
export function heldOutOf(
  texts: readonly Pick<LabelledText, 'labels'>[],
  { share, seed }: { share: number; seed: number },
): number[] {
  if (share === 0 || texts.length === 0) return [];
  return stratifiedSplit(texts, {
    fraction: share,
    seed: Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? seed : 0,
  }).evaluation;
}
