import { type Column, type ExampleSet, newRow, type Row } from './data.ts';
import { dataNotice, examples, isLocked, looking, lookingAtAll, past } from './state.ts';

/** Changes of the examples. Each can be undone. While a run is on the reader can make none. */

/** Changes that can be undone. They share the rows that are the same in them. */
const mostPast = 50;

/** Replaces the examples by others; undo() brings them back. @param what the change, in a few words */
function put(what: string, next: ExampleSet): void {
  const before = examples.peek();
  if (before) past.value = [...past.peek().slice(1 - mostPast), { what, examples: before }];
  examples.value = next;
  dataNotice.value = undefined;
}

/** Replaces all examples. @returns whether that happened: not while a run is on */
export function replaceAll(what: string, next: ExampleSet): boolean {
  if (isLocked.peek()) return false;
  bringBack(what, next);
  return true;
}

/** Replaces all examples also while a run is on: by those of a run that goes on, which locks them already. */
export function bringBack(what: string, next: ExampleSet): void {
  put(what, next);
  looking.value = lookingAtAll;
}

export function undo(): void {
  const last = past.peek().at(-1);
  if (!last || isLocked.peek()) return;
  past.value = past.peek().slice(0, -1);
  if (last.examples.name !== examples.peek()?.name) looking.value = lookingAtAll;
  examples.value = last.examples;
  dataNotice.value = undefined;
}

export function startEmpty(): void {
  const empty = { name: 'My examples', isEdited: false, columns: [], rejected: [] };
  replaceAll('starting from nothing', { ...empty, rows: [newRow('', {})] });
}

export function setText(id: number, text: string): void {
  edit('the text of a row', ({ rows }) => ({ rows: replaceRow(rows, id, () => ({ text })) }));
}

/** @param label an empty one removes the label; one that the column lacks becomes one of its labels */
export function setLabel(id: number, task: string, label: string): void {
  const own = label === '' ? [] : [label];
  edit(`a label of ${task}`, ({ columns, rows }) => ({
    columns: columns.map((column) => (column.name === task ? withLabels(column, own) : column)),
    rows: replaceRow(rows, id, (row) => {
      const others = Object.entries(withoutLabel(row, task).labels);
      return { labels: Object.fromEntries([...others, ...own.map((label) => [task, label])]) };
    }),
  }));
}

/** @returns whether that happened: not while a run is on */
export function addRow(): boolean {
  return edit('a row added', ({ rows }) => ({ rows: [...rows, newRow('', {})] }));
}

export function removeRow(id: number): void {
  edit('a row removed', ({ rows }) => ({ rows: rows.filter((row) => row.id !== id) }));
}

/** @returns what is wrong with the name; undefined where the task was added */
export function addTask(name: string): string | undefined {
  const trimmed = name.trim();
  const problem = nameProblem(trimmed);
  if (problem) return problem;
  edit(`the task ${trimmed} added`, ({ columns }) => ({
    columns: [...columns, { name: trimmed, labels: [] }],
  }));
}

/** @returns what is wrong with the name; undefined where the task has it now */
export function renameTask(old: string, name: string): string | undefined {
  const trimmed = name.trim();
  if (trimmed === old) return undefined;
  const problem = nameProblem(trimmed);
  if (problem) return problem;
  const renamed = (task: string) => (task === old ? trimmed : task);
  edit(`the task ${old} renamed`, ({ columns, rows }) => ({
    columns: columns.map((column) => ({ ...column, name: renamed(column.name) })),
    rows: rows.map((row) => {
      if (!Object.hasOwn(row.labels, old)) return row;
      // fromEntries() makes own properties of all names, even '__proto__'.
      const labels = Object.entries(row.labels).map(([task, label]) => [renamed(task), label]);
      return { ...row, labels: Object.fromEntries(labels) };
    }),
  }));
}

export function removeTask(name: string): void {
  edit(`the task ${name} removed`, ({ columns, rows }) => ({
    columns: columns.filter((column) => column.name !== name),
    rows: rows.map((row) => withoutLabel(row, name)),
  }));
}

/** @param isChosen whether the task's column is shown and learned */
export function chooseTask(name: string, isChosen: boolean): void {
  const set = examples.peek();
  if (!set || isLocked.peek()) return;
  const columns = set.columns.map((column) => (column.name === name ? { ...column, isChosen } : column));
  examples.value = { ...set, columns };
}

/** Adds rows and columns of other examples. Columns with the same name become one. */
export function append(name: string, more: ExampleSet): boolean {
  return edit(`${name} added`, ({ columns, rows }) => ({
    rows: [...rows.filter(isBegun), ...more.rows],
    columns: [
      ...columns.map((mine) => {
        const other = more.columns.find((column) => column.name === mine.name);
        return other ? withLabels(mine, other.labels) : mine;
      }),
      ...more.columns.filter((column) => !columns.some((mine) => mine.name === column.name)),
    ],
    rejected: more.rejected,
  }));
}

/** Says what is wrong with a new task's name, which a head gets, too; undefined if nothing is. */
function nameProblem(name: string): string | undefined {
  if (name === '') return 'A task needs a name, such as topic.';
  if (name.includes('.') || /[\n\r]/.test(name)) return 'A task’s name is one line without a dot.';
  if (name.toLowerCase() === 'text') return 'The column of texts is called text already. Use another name.';
  if (examples.peek()?.columns.some((column) => column.name === name)) {
    return `There is a task called ${name} already. Use another name.`;
  }
}

/** @returns whether that happened: not while a run is on */
function edit(what: string, change: (set: ExampleSet) => Partial<ExampleSet>): boolean {
  const set = examples.peek();
  if (set === undefined || isLocked.peek()) return false;
  put(what, { ...set, ...change(set), isEdited: true });
  return true;
}

function replaceRow(rows: readonly Row[], id: number, change: (row: Row) => Partial<Row>): Row[] {
  return rows.map((row) => (row.id === id ? { ...row, ...change(row) } : row));
}

function withoutLabel(row: Row, task: string): Row {
  if (!Object.hasOwn(row.labels, task)) return row;
  const { [task]: _, ...labels } = row.labels;
  return { ...row, labels };
}

function isBegun({ text, labels }: Row): boolean {
  return text !== '' || Object.keys(labels).length > 0;
}

function withLabels(column: Column, more: readonly string[]): Column {
  return { ...column, labels: [...new Set([...column.labels, ...more])] };
}
