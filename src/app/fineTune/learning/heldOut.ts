import { computed } from '@preact/signals';
import type { HeldOut } from '../../../worker/client.ts';
import type { LabelledText } from '../examples/data.ts';
import type { RunTask } from './runs.ts';
import { runs } from './runs.ts';

/** The held-out texts of a run, when it began and now: in one order. */
export interface HeldOutTexts {
  run: number;
  texts: readonly LabelledText[];
  tasks: readonly RunTask[];
  first: HeldOut;
  latest: HeldOut;
}

/** The newest run that has told of anything; another record after every step. */
const run = computed(() =>
  runs.value.findLast(({ steps, evaluations }) => steps.length + evaluations.length > 0),
);

// Each of these stays the same object from step to step, so that only an evaluation brings other texts.
const id = computed(() => run.value?.id);
const examples = computed(() => run.value?.examples);
const tasks = computed(() => run.value?.tasks);
// A run that was cut off and goes on has told of its texts only since then.
const first = computed(() => run.value?.evaluations.find(({ heldOut }) => heldOut)?.heldOut);
const latest = computed(() => run.value?.evaluations.findLast(({ heldOut }) => heldOut)?.heldOut);

/** undefined until a run has looked at them. */
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
