import { computed, signal } from '@preact/signals';
import { heldOutShare, seed } from '../run/fields.ts';
import { run } from '../run/state.ts';
import { type Column, type ExampleSet, heldOutOf, mostLabels, tasksOf, usableOf } from './data.ts';

/** The examples to learn from. `reading.ts` brings them, `editing.ts` changes them. */

export const examples = signal<ExampleSet | undefined>(undefined);
/** Name of what is being read. */
export const reading = signal<string | undefined>(undefined);
/** Why examples could not be read. */
export const dataNotice = signal<string | undefined>(undefined);

/** Changes in a few words, with the examples before each. The last is the latest. */
export const past = signal<readonly { what: string; examples: ExampleSet }[]>([]);

export interface Looking {
  /** Text or labels contain it. */
  word: string;
  /** Only these rows, and what they are called. */
  only?: { name: string; ids: ReadonlySet<number> };
  /** From 0; where there are fewer pages the last is shown. */
  page: number;
}
export const lookingAtAll: Looking = { word: '', page: 0 };
export const looking = signal(lookingAtAll);

/** While a run is on, nothing changes what it learns from. */
export const isLocked = computed(() => run.value !== undefined);

const none: readonly Column[] = [];
/** The columns, with all labels that they ever had. */
export const columns = computed(() => examples.value?.columns ?? none);
/** All columns as tasks, with the labels that they have now. */
export const allTasks = computed(() => (examples.value ? tasksOf(examples.value) : []));
/** Columns that the table shows. A column without labels is shown, too, as somebody is about to give them. */
export const shownTasks = computed(() =>
  allTasks.value.filter(({ labels }, i) => columns.value[i]!.isChosen ?? labels.length <= mostLabels),
);
/** The tasks that are learned: columns that are shown and have labels to tell apart. */
export const tasks = computed(() => shownTasks.value.filter(({ labels }) => labels.length > 1));

const usable = computed(() =>
  usableOf(
    examples.value?.rows ?? [],
    tasks.value.map(({ name }) => name),
  ),
);
export const texts = computed(() => usable.value.texts);

let lastSplit = texts.peek();
/** The texts, as the list that was split last while their labels are the same: splitting takes a while. */
const splitTexts = computed(() => {
  const now = texts.value;
  const isSame =
    now.length === lastSplit.length && now.every(({ labels }, i) => labels === lastSplit[i]!.labels);
  if (!isSame) lastSplit = now;
  return lastSplit;
});
const heldOut = computed(() =>
  heldOutOf(splitTexts.value, { share: heldOutShare.signal.value, seed: seed.signal.value }),
);
export const sizes = computed(() => ({
  training: texts.value.length - heldOut.value.length,
  heldOut: heldOut.value.length,
}));
export const heldOutIds = computed(() => new Set(heldOut.value.map((i) => usable.value.ids[i]!)));
