import {
  type Dataset,
  type DatasetExample,
  type DatasetTask,
  stratifiedSplit,
} from '../../../worker/client.ts';

/** A row of the table. One without text or label is not learned from. Rows are never changed, only replaced. */
export interface Row {
  /** No other row of this visit has it. */
  id: number;
  text: string;
  labels: Readonly<Record<string, string>>;
}

/** A column of labels. */
export interface Column {
  name: string;
  /** All labels that it ever had, oldest first, so that an edit changes neither order nor colours of the others. */
  labels: readonly string[];
  /** Whether the reader wants it to be learned. If left out, a column of labels is. */
  isChosen?: boolean;
}

/** The examples as they are edited. A set is never changed, only replaced, so that changes can be undone. */
export interface ExampleSet {
  name: string;
  isEdited: boolean;
  rows: readonly Row[];
  columns: readonly Column[];
  rejected: Dataset['rejected'];
}

/** A column with more different values is hardly one of labels. */
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

/** Says why a column cannot be learned, or is hardly one of labels; undefined where it can be learned. */
export function doubt({ labels }: Pick<DatasetTask, 'labels'>): string | undefined {
  if (labels.length === 0) return 'no labels yet';
  if (labels.length === 1) return 'one label only';
  if (labels.length > mostLabels) return `${labels.length} different labels`;
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

/** The texts that have a label of one of the tasks, with those labels alone, and the ids of their rows. */
export function usableOf(rows: readonly Row[], tasks: readonly string[]) {
  const texts: DatasetExample[] = [];
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

/** The labels of these tasks, as the same object where there are no others; undefined if there are none. */
function labelsFor(labels: Row['labels'], tasks: readonly string[]): DatasetExample['labels'] | undefined {
  const own = Object.keys(labels);
  const chosen = own.filter((task) => tasks.includes(task));
  if (chosen.length === 0) return undefined;
  if (chosen.length === own.length) return labels;
  return Object.fromEntries(chosen.map((task) => [task, labels[task]!]));
}

/** Indices of the held-out texts, ascending, by the trainer's own split. An invalid seed counts as 0. */
export function heldOutOf(
  texts: readonly Pick<DatasetExample, 'labels'>[],
  { share, seed }: { share: number; seed: number },
): number[] {
  if (share === 0 || texts.length === 0) return [];
  return stratifiedSplit(texts, {
    fraction: share,
    seed: Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? seed : 0,
  }).evaluation;
}
