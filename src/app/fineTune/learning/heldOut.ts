import { computed } from '@preact/signals';
import type { HeldOut } from '../../../worker/client.ts';
import type { LabelledText } from '../examples/data.ts';
import type { RunTask } from './runs.ts';
import { runs } from './runs.ts';

/** The held-out texts of a run, with what the model said of them when it began and now. */
export interface HeldOutTexts {
  run: number;
  texts: readonly LabelledText[];
  tasks: readonly RunTask[];
  first: HeldOut;
  latest: HeldOut;
}

/** The newest run that has reported anything. It is another record after every step. */
const run = computed(() =>
  runs.value.findLast(({ steps, evaluations }) => steps.length + evaluations.length > 0),
);

// Each of these stays the same object from step to step, so that `heldOut` changes with evaluations only.
const id = computed(() => run.value?.id);
const examples = computed(() => run.value?.examples);
const tasks = computed(() => run.value?.tasks);
// A run that was cut off has details of its texts only since it went on.
const first = computed(() => run.value?.evaluations.find(({ heldOut }) => heldOut)?.heldOut);
const latest = computed(() => run.value?.evaluations.findLast(({ heldOut }) => heldOut)?.heldOut);

/** undefined until a run has evaluated. */
export const heldOut = computed<HeldOutTexts | undefined>(() => {
  const given = examples.value;
  if (!given || !first.value || !latest.value) return undefined;
  return {
    run: id.value!,
    texts: latest.value.examples.map((i) => given[i]!),
    tasks: tasks.value!,
    first: first.value,
    latest: latest.value,
  };
});
