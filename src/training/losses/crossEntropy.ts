import { headLogits } from '../../nn/heads.ts';
import { crossEntropy as rowLosses } from '../../ops/crossEntropy.ts';
import { headsEvaluator } from '../evaluation/headsEvaluator.ts';
import { type HeadTasks, headTasks, labelledTexts, tasksOf } from './headTasks.ts';
import type { HiddenLoss, Loss, LossSetup } from './loss.ts';

/**
 * Softmax cross-entropy of the heads on labelled texts: each head's mean over the examples that have a label for it,
 * times the task's weight. It reports each head's mean under the head's name. A head without a label in a batch adds
 * nothing to it.
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export const crossEntropy: Loss = {
  ...labelledTexts,
  forRun: (setup) => ofTasks(headTasks(setup)),
};

/** The loss of heads that have labels among the examples, of one class or more. */
export function headsLoss(setup: LossSetup): HiddenLoss {
  return ofTasks(tasksOf(setup));
}

function ofTasks({ tasks, ...own }: HeadTasks): HiddenLoss {
  const { weights } = own;
  return {
    ...own,
    evaluator: headsEvaluator(tasks),
    ofHidden(core, batch, share) {
      const scales = tasks
        .map((task) => {
          const labelled = batch.filter(({ targets }) => targets[task] !== undefined).length;
          const weight = weights.get(task)! * share;
          return { task, weight, scale: weight / labelled };
        })
        .filter(({ scale }) => Number.isFinite(scale) && scale > 0);
      const trained = scales.map(({ task }) => core.heads.get(task)!);
      return (hidden, packed, part) => {
        const logits = headLogits(trained, hidden, packed);
        const recorded = scales.map(({ task, weight, scale }, t) => {
          const labels = part.map(({ targets }) => targets[task] ?? -1);
          const { losses, dLogits } = rowLosses(logits[t]!, labels, scale);
          const value = {
            name: task,
            numbers: losses,
            reduce: (parts: readonly Float32Array[]) => sumOf(parts) / weight,
          };
          return { root: [logits[t]!, dLogits] as const, value };
        });
        return { roots: recorded.map(({ root }) => root), values: recorded.map(({ value }) => value) };
      };
    },
  };
}

function sumOf(parts: readonly Float32Array[]): number {
  return parts.reduce((sum, numbers) => numbers.reduce((total, number) => total + number, sum), 0);
}
