import { computed, untracked } from '@preact/signals';
import type { Row } from './data.ts';
import { addRow } from './editing.ts';
import { examples, looking, lookingAtAll } from './state.ts';

export const pageSize = 6;

export const rows = computed<readonly Row[]>(() => examples.value?.rows ?? []);
/** Changes when rows come, go or move, not when they are edited. */
const order = computed(() => rows.value.map(({ id }) => id).join());

// Computed apart from the page, so that turning the page starts no new search.
const word = computed(() => looking.value.word.trim().toLowerCase());
const only = computed(() => looking.value.only?.ids);

/**
 * Ids of the rows that match. A row that is edited stays until the next search even if it does not match any more:
 * nothing vanishes while somebody writes in it.
 */
const found = computed<readonly number[]>(() => {
  order.value;
  const [sought, ids] = [word.value, only.value];
  return untracked(() => rows.value)
    .filter((row) => (ids?.has(row.id) ?? true) && (sought === '' || has(row, sought)))
    .map(({ id }) => id);
});
export const foundCount = computed(() => found.value.length);
export const pages = computed(() => Math.max(1, Math.ceil(found.value.length / pageSize)));
export const page = computed(() => Math.min(looking.value.page, pages.value - 1));

/** Each row with its number in the table, by its id. */
const numbered = computed(() => new Map(rows.value.map((row, i) => [row.id, { row, number: i + 1 }])));
export const shown = computed(() =>
  found.value.slice(page.value * pageSize, (page.value + 1) * pageSize).map((id) => numbered.value.get(id)!),
);

function has({ text, labels }: Row, word: string): boolean {
  return (
    text.toLowerCase().includes(word) ||
    Object.values(labels).some((label) => label.toLowerCase().includes(word))
  );
}

export function turnTo(page: number): void {
  looking.value = { ...looking.peek(), page: Math.max(0, Math.min(page, pages.peek() - 1)) };
}

export function lookFor(word: string): void {
  looking.value = { ...looking.peek(), word, page: 0 };
}

export function lookAt(name: string, ids: Iterable<number>): void {
  looking.value = { ...lookingAtAll, only: { name, ids: new Set(ids) } };
}

export function lookAtAll(): void {
  looking.value = lookingAtAll;
}

/** Adds a row at the end and turns to its page. @returns whether that happened: not while a run is on */
export function appendRow(): boolean {
  if (!addRow()) return false;
  lookAtAll();
  turnTo(pages.peek());
  return true;
}
