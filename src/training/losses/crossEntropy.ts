import { headLogits, headParameters } from '../../nn/heads.ts';
import { crossEntropy as rowLosses } from '../../ops/crossEntropy.ts';
import { describe } from '../../values/describe.ts';
import { headsEvaluator } from '../evaluation/headsEvaluator.ts';
import { expectNumber, wrong } from '../options/checks.ts';
import type { HeadLabels } from '../options/examples.ts';
import { expectClasses, resolveLabelled } from './labelledExamples.ts';
import type { HiddenLoss, Loss, LossSetup } from './loss.ts';

/**
 * Softmax cross-entropy of the heads on labelled texts: each head's mean over the examples that have a label for it,
 * times the task's weight. It reports each head's mean under the head's name. A head without a label in a batch adds
 * nothing to it.
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export const crossEntropy: Loss = {
  fields: ['text', 'labels'],
  texts: ['text'],
  targets: 'classes',
  resolve: resolveLabelled,
  forRun(setup) {
    expectClasses(setup.training, setup.heads);
    return headsLoss(setup);
  },
};

/** The loss of heads that have labels among the examples, of one class or more. */
export function headsLoss({ training, heads, taskWeights }: LossSetup): HiddenLoss {
  const tasks = heads
    .map(({ name }) => name)
    .filter((name) => training.some(({ targets }) => name in targets));
  const weights = resolveWeights(taskWeights, heads, tasks);
  return {
    texts: crossEntropy.texts,
    weights,
    parameters: tasks.flatMap((task) => Object.values(headParameters(task))),
    evaluator: headsEvaluator(tasks),
    trainsOn: ({ targets }) => tasks.some((task) => task in targets && weights.get(task)! > 0),
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

function resolveWeights(
  given: LossSetup['taskWeights'] = {},
  heads: readonly HeadLabels[],
  tasks: readonly string[],
): ReadonlyMap<string, number> {
  if (typeof given !== 'object' || given === null) {
    throw wrong(
      'taskWeights',
      `is ${describe(given)}. Pass weights by head, such as { ${heads[0]!.name}: 2 }.`,
    );
  }
  const names = heads.map(({ name }) => name);
  for (const [name, weight] of Object.entries(given)) {
    if (!names.includes(name)) {
      throw wrong(
        'taskWeights',
        `has "${name}", and the model no head of that name. Use ${names.join(', ')}.`,
      );
    }
    expectNumber(`taskWeights.${name}`, weight, { least: 0 });
  }
  const weights = new Map(tasks.map((name) => [name, Object.hasOwn(given, name) ? given[name]! : 1]));
  if ([...weights.values()].every((weight) => weight === 0)) {
    throw wrong('taskWeights', 'are all 0: nothing would be learned. Give one task a weight above 0.');
  }
  return weights;
}
