import { computed } from '@preact/signals';
import { likeliest, type Mistake, score, worstMistakes } from '../../../worker/client.ts';
import { type HeldOutTexts, heldOut } from '../learning/heldOut.ts';

const mostMistakes = 4;

/** What a head says of the held-out texts that have a label of its task. */
export interface HeadAnswers {
  task: string;
  labels: readonly string[];
  /** Texts with a label, and how many of them the head labels right. */
  count: number;
  right: number;
  /** Texts by their label (row) and the head's answer (column): [C × C] row-major */
  confusion: Uint32Array;
  mistakes: (Mistake & { text: string })[];
}

export const answers = computed(() => heldOut.value && answersOf(heldOut.value));

/** The worst mistakes of all heads: the surest first. */
export const mistakes = computed(() =>
  (answers.value ?? [])
    .flatMap((head) => head.mistakes.map((mistake) => ({ ...mistake, head })))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostMistakes),
);

/** The answers by task, in the run's order. A task without held-out texts has none. */
export function answersOf({ texts, tasks, latest }: HeldOutTexts): HeadAnswers[] {
  return tasks.flatMap(({ name, labels }) => {
    const probabilities = Object.hasOwn(latest.probabilities, name) ? latest.probabilities[name] : undefined;
    if (!probabilities) return [];
    const truth = Int32Array.from(texts, (text) => labels.indexOf(text.labels[name] ?? ''));
    const { count, confusion } = score(likeliest(probabilities), truth, labels.length);
    if (count === 0) return [];
    const right = labels.reduce((sum, _, i) => sum + confusion[i * labels.length + i]!, 0);
    const worst = worstMistakes(probabilities, truth, mostMistakes).map((mistake) => ({
      ...mistake,
      text: texts[mistake.index]!.text,
    }));
    return [{ task: name, labels, count, right, confusion, mistakes: worst }];
  });
}
