import { headParameters } from '../../nn/headParameters.ts';
import { expectNumber, expectObject, wrong } from '../options/checks.ts';
import type { HeadLabels } from '../options/examples.ts';
import { resolveLabelled } from './labelledExamples.ts';
import type { LossOfRun, LossReading, LossSetup } from './loss.ts';

/** Reads labelled texts. It stands apart from the loss on them, since the page reads examples and has no kernels. */
export const labelledTexts: LossReading = {
  fields: ['text', 'labels'],
  texts: ['text'],
  targets: 'classes',
  resolve: resolveLabelled,
};

export interface HeadTasks extends LossOfRun {
  /** Names of the heads that have labels among the training examples, in the model's order. */
  readonly tasks: readonly string[];
}

/** @throws ArgumentError for weights that do not fit the heads */
export function headTasks({ training, heads, taskWeights }: LossSetup): HeadTasks {
  const tasks = heads
    .map(({ name }) => name)
    .filter((name) => training.some(({ targets }) => name in targets));
  const weights = resolveWeights(taskWeights, heads, tasks);
  return {
    tasks,
    texts: labelledTexts.texts,
    weights,
    parameters: tasks.flatMap((task) => Object.values(headParameters(task))),
    trainsOn: ({ targets }) => tasks.some((task) => task in targets && weights.get(task)! > 0),
  };
}

function resolveWeights(
  given: LossSetup['taskWeights'] = {},
  heads: readonly HeadLabels[],
  tasks: readonly string[],
): ReadonlyMap<string, number> {
  expectObject('taskWeights', given, `Pass weights by head, such as { ${heads[0]!.name}: 2 }.`);
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
