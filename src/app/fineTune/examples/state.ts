import { computed, signal } from '@preact/signals';
import type { Notice } from '../notice.ts';
import { heldOutShare, seed } from '../run/fields.ts';
import { run } from '../run/state.ts';
import {
  type Column,
  type ExampleSet,
  heldOutOf,
  type LabelledText,
  mostLabels,
  tasksOf,
  usableOf,
} from './data.ts';

/** The examples that there are to learn from. `reading.ts` brings them, `editing.ts` changes them. */

export const examples = signal<ExampleSet | undefined>(undefined);
/** The name of what is being read. */
export const reading = signal<string | undefined>(undefined);
export const dataNotice = signal<Notice | undefined>(undefined);
/** Tasks by the reader's choice, where it differs from what the columns suggest. */
export const chosenTasks = signal<Readonly<Record<string, boolean>>>({});

/** What the examples were before a change. */
export interface Past {
  /** The change, in a few words. */
  what: string;
  examples: ExampleSet | undefined;
  chosenTasks: Readonly<Record<string, boolean>>;
}
/** The last is the latest. */
export const past = signal<readonly Past[]>([]);

/** Which rows the table shows. */
export interface Looking {
  /** To be found in text or labels. */
  word: string;
  /** Some rows alone, by their ids, and what they are called. */
  only?: { name: string; ids: ReadonlySet<number> };
  /** From 0; the last one where there are fewer. */
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
/** Columns that the table shows. One without labels is shown, too: somebody is about to give them. */
export const shownTasks = computed(() =>
  allTasks.value.filter(({ name, labels }) =>
    Object.hasOwn(chosenTasks.value, name) ? chosenTasks.value[name] : labels.length <= mostLabels,
  ),
);
/** What is learned: columns that are shown and have labels to tell apart. */
export const tasks = computed(() => shownTasks.value.filter(({ labels }) => labels.length > 1));

const usable = computed(() =>
  usableOf(
    examples.value?.rows ?? [],
    tasks.value.map(({ name }) => name),
  ),
);
export const texts = computed(() => usable.value.texts);

/** The split last made, and of what: a changed text changes nothing about it, and a split of many texts takes a while. */
let made: { texts: readonly LabelledText[]; share: number; seed: number; heldOut: number[] } | undefined;

const heldOut = computed(() => {
  const now = { texts: texts.value, share: heldOutShare.signal.value, seed: seed.signal.value };
  const isSame =
    made !== undefined &&
    made.share === now.share &&
    Object.is(made.seed, now.seed) &&
    made.texts.length === now.texts.length &&
    made.texts.every(({ labels }, i) => labels === now.texts[i]!.labels);
  made = { ...now, heldOut: isSame ? made!.heldOut : heldOutOf(now.texts, now) };
  return made.heldOut;
});
export const sizes = computed(() => ({
  training: texts.value.length - heldOut.value.length,
  heldOut: heldOut.value.length,
}));
/** The rows that are held out, by their ids. */
export const heldOutIds = computed(() => new Set(heldOut.value.map((i) => usable.value.ids[i]!)));
