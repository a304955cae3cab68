import { computed, signal } from '@preact/signals';
import type { Notice } from '../../notice.ts';
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

/** The examples to learn from. `reading.ts` brings them, `editing.ts` changes them. */

export const examples = signal<ExampleSet | undefined>(undefined);
export const reading = signal<string | undefined>(undefined);
export const dataNotice = signal<Notice | undefined>(undefined);
/** Tasks that the reader has chosen or left out, where that differs from what the columns suggest. */
export const chosenTasks = signal<Readonly<Record<string, boolean>>>({});

interface Past {
  /** The change in a few words. */
  what: string;
  examples: ExampleSet | undefined;
  chosenTasks: Readonly<Record<string, boolean>>;
}
/** The last is the latest. */
export const past = signal<readonly Past[]>([]);

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

/** The last split and what it was made of. It is kept while labels stay the same, as splitting takes a while. */
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
export const heldOutIds = computed(() => new Set(heldOut.value.map((i) => usable.value.ids[i]!)));
