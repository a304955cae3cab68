import { computed } from '@preact/signals';
import { likeliest, score, worstMistakes } from '../../../worker/client.ts';
import { type HeldOutTexts, heldOut } from '../learning/heldOut.ts';

const mostMistakes = 4;

/** A head's answers for the held-out texts that have a label of its task. */
export type HeadAnswers = ReturnType<typeof answersOf>[number];

export const answers = computed(() => heldOut.value && answersOf(heldOut.value));

/** The worst mistakes of all heads: the surest first. */
export const mistakes = computed(() =>
  (answers.value ?? [])
    .flatMap((head) => head.mistakes.map((mistake) => ({ ...mistake, head })))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostMistakes),
);

/**
 * The answers by task, in the run's order. A task without held-out texts has none.
 * @returns `count` texts have a label; confusion[label * C + answer] of them got that answer
 */
export function answersOf({ texts, tasks, latest }: HeldOutTexts) {
  return tasks.flatMap(({ name, labels }) => {
    const probabilities = Object.hasOwn(latest.probabilities, name) ? latest.probabilities[name] : undefined;
    if (!probabilities) return [];
    const truth = Int32Array.from(texts, (text) => labels.indexOf(text.labels[name] ?? ''));
    const { count, confusion } = score(likeliest(probabilities), truth, labels.length);
    if (count === 0) return [];
    const right = labels.reduce((sum, _, i) => sum + confusion[i * labels.length + i]!, 0);
    const mistakes = worstMistakes(probabilities, truth, mostMistakes).map((mistake) => ({
      ...mistake,
      text: texts[mistake.index]!.text,
    }));
    return [{ task: name, labels, count, right, confusion, mistakes }];
  });
}
