import { computed, effect, signal, untracked } from '@preact/signals';
import {
  classFindings,
  type Finding,
  nameFindings,
  repeatFindings,
  repeatsOf,
  waitingFinding,
} from './checks.ts';
import type { Row } from './data.ts';
import { addRow } from './editing.ts';
import { examples, looking, lookingAtAll, tasks } from './state.ts';

/** What the table shows of the examples: a page of the rows that are looked for. */

/** Rows of a page. */
export const pageSize = 6;

const rows = computed<readonly Row[]>(() => examples.value?.rows ?? []);
/** Changes with the rows that there are, not with what stands in them. */
const order = computed(() => rows.value.map(({ id }) => id).join());

// Apart from the page, so that turning it is no new search.
const word = computed(() => looking.value.word.trim().toLowerCase());
const only = computed(() => looking.value.only?.ids);

/**
 * Ids of the rows that are looked for. A row that is edited stays until another search, even if it does not fit any
 * more: nothing vanishes under somebody's hands.
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

/** The place of each row in the table, from 0, by its id. */
const places = computed(() => {
  order.value;
  return new Map(untracked(() => rows.value).map(({ id }, i) => [id, i]));
});
export const shown = computed(() =>
  found.value.slice(page.value * pageSize, (page.value + 1) * pageSize).map((id) => {
    const place = places.value.get(id)!;
    return { row: rows.value[place]!, number: place + 1 };
  }),
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

/** Looks at some rows alone. */
export function lookAt(name: string, ids: Iterable<number>): void {
  looking.value = { ...lookingAtAll, only: { name, ids: new Set(ids) } };
}

export function lookAtAll(): void {
  looking.value = lookingAtAll;
}

/** Adds a row at the end, and turns to it. */
export function appendRow(): number | undefined {
  const id = addRow();
  if (id === undefined) return undefined;
  lookAtAll();
  turnTo(pages.peek());
  return id;
}

/** What is worth knowing about the examples. */
export const findings = signal<readonly Finding[]>([]);
/** Milliseconds after a change: the table is drawn first. */
const findingsRest = 60;

/** Keeps `findings` to the examples. They take a look at every text, so they have a turn of their own. */
export function followFindings(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const [all, learned] = [rows.value, tasks.value];
    clearTimeout(timer);
    timer = setTimeout(() => {
      findings.value = [
        ...waitingFinding(all),
        ...nameFindings(learned),
        ...classFindings(learned, all),
        ...repeatFindings(repeatsOf(all)),
      ];
    }, findingsRest);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
