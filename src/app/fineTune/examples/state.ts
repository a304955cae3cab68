import { computed, signal } from '@preact/signals';
import type { Notice } from '../notice.ts';
import { seed } from '../run/state.ts';
import { doubt, type Source, splitSizes, textsFor } from './data.ts';

/** The examples that there are to learn from. `reading.ts` changes it. */

export const source = signal<Source | undefined>(undefined);
/** The name of what is being read. */
export const reading = signal<string | undefined>(undefined);
export const dataNotice = signal<Notice | undefined>(undefined);
/** Tasks by the reader's choice, where it differs from what the columns suggest. */
export const chosenTasks = signal<Readonly<Record<string, boolean>>>({});

export const tasks = computed(() =>
  (source.value?.dataset.tasks ?? []).filter((task) => chosenTasks.value[task.name] ?? !doubt(task)),
);
export const texts = computed(() =>
  source.value
    ? textsFor(
        source.value.dataset,
        tasks.value.map(({ name }) => name),
      )
    : [],
);
export const sizes = computed(() => splitSizes(texts.value, seed.value));
