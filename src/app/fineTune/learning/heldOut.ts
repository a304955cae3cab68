import { computed } from '@preact/signals';
import type { DatasetExample, HeldOut } from '../../../worker/client.ts';
import type { Column } from '../examples/data.ts';
import { runs } from './runs.ts';

/** The held-out texts of a run, with what the model said of them when it began and now. */
export interface HeldOutTexts {
  run: number;
  texts: readonly DatasetExample[];
  tasks: readonly Column[];
  first: HeldOut;
  latest: HeldOut;
}

/** The newest run that has reported anything. It is another record after every step. */
const run = computed(() =>
  runs.value.findLast(({ steps, evaluations }) => steps.length + evaluations.length > 0),
);
/** This list stays the same object from step to step. */
const evaluations = computed(() => run.value?.evaluations);

/** The held-out texts as the page shows them. Undefined until a run has evaluated; only evaluations change it. */
export const heldOut = computed<HeldOutTexts | undefined>(() => {
  // A run that was cut off has details of its texts only since it went on.
  const details = evaluations.value?.flatMap(({ heldOut }) => heldOut ?? []) ?? [];
  const [first, latest] = [details[0], details.at(-1)];
  if (!first || !latest) return undefined;
  const { id, examples, tasks } = run.peek()!;
  return { run: id, texts: latest.examples.map((i) => examples[i]!), tasks, first, latest };
});
