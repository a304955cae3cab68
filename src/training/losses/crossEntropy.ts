import { headLogits } from '../../nn/heads.ts';
import { crossEntropy as rowLosses } from '../../ops/crossEntropy.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { headsEvaluator } from '../evaluation/headsEvaluator.ts';
import { headTasks, labelledTexts } from './headTasks.ts';
import { expectClasses } from './labelledExamples.ts';
import type { HiddenLoss, Loss, LossSetup, LossValue } from './loss.ts';

/**
 * Softmax cross-entropy of the heads on labelled texts: each head's mean over the examples that have a label for it,
 * times the task's weight. It reports each mean under the head's name. Without a label in a batch a head adds nothing.
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export const crossEntropy: Loss = {
  ...labelledTexts,
  forRun(setup) {
    expectClasses(setup.training, setup.heads);
    return headsLoss(setup);
  },
};

/** The loss of heads that have labels among the examples, of one class or more. */
export function headsLoss(setup: LossSetup): HiddenLoss {
  const { tasks, ...own } = headTasks(setup);
  const { weights } = own;
  return {
    ...own,
    evaluator: headsEvaluator(tasks),
    ofHidden(core, batch, share) {
      const trained = tasks.flatMap((task) => {
        const labelled = batch.filter(({ targets }) => targets[task] !== undefined).length;
        const weight = weights.get(task)! * share;
        const scale = weight / labelled;
        return labelled > 0 && scale > 0 ? [{ head: core.heads.get(task)!, weight, scale }] : [];
      });
      return (hidden, packed, part) => {
        const heads = trained.map(({ head }) => head);
        const logits = headLogits(heads, hidden, packed);
        const terms: { roots: [Tensor, Tensor][]; values: LossValue[] } = { roots: [], values: [] };
        for (const [t, { head, weight, scale }] of trained.entries()) {
          const labels = part.map(({ targets }) => targets[head.name] ?? -1);
          const { losses, dLogits } = rowLosses(logits[t]!, labels, scale);
          terms.roots.push([logits[t]!, dLogits]);
          terms.values.push({ name: head.name, numbers: losses, reduce: (parts) => sumOf(parts) / weight });
        }
        return terms;
      };
    },
  };
}

function sumOf(parts: readonly Float32Array[]): number {
  return parts.reduce((sum, numbers) => numbers.reduce((total, number) => total + number, sum), 0);
}
