import { headFacts } from '../../model/heads.ts';
import type { ModelState } from '../../model/state.ts';
import { headParameters } from '../../nn/headParameters.ts';
import { checkHead } from '../../nn/heads.ts';
import type { HeadConfig } from '../../repository/savedHeads.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { HeadOptions } from '../../types.ts';
import { describe } from '../../values/describe.ts';
import { isObject } from '../../values/isObject.ts';
import { wrong } from './checks.ts';

/** A head as the run will have it. */
export interface PlannedHead extends HeadConfig {
  /** How the head is made when the run begins; left out for a head of the model that stays as it is. */
  making?: HeadOptions;
}

/**
 * The run's heads in the model's order: its own, then those given, unless one of the model's has that name, labels
 * and pooling. @throws ArgumentError, ShapeError for a head that addHead() would refuse
 */
export function planHeads(
  { heads, folder }: Pick<ModelState, 'heads' | 'folder'>,
  given: Readonly<Record<string, HeadOptions>> = {},
): PlannedHead[] {
  if (!isObject(given)) {
    const remedy = "Pass heads by name, such as { topic: { labels: ['a', 'b'] } }.";
    throw wrong('heads', `is ${describe(given)}. ${remedy}`);
  }
  const planned = new Map<string, PlannedHead>(headFacts(heads.values()).map((head) => [head.name, head]));
  for (const [name, options] of Object.entries(given)) {
    const { pooling } = checkHead(name, folder.repository.encoder.hiddenSize, options, 'Trainer: heads');
    const own = planned.get(name);
    const isSame = JSON.stringify([own?.pooling, own?.labels]) === JSON.stringify([pooling, options.labels]);
    if (isSame) continue;
    planned.set(name, { name, labels: [...options.labels], pooling, making: options });
  }
  return [...planned.values()];
}

/** Names and shapes of all parameters of the run, as the model's `allParameters` has its own. */
export function plannedParameters(
  { parameters, folder }: Pick<ModelState, 'parameters' | 'folder'>,
  heads: readonly PlannedHead[],
): { name: string; shape: Shape }[] {
  const { hiddenSize } = folder.repository.encoder;
  return [
    ...parameters.names.map((name) => ({ name, shape: parameters.get(name).shape })),
    ...heads.flatMap(({ name, labels }) => {
      const { weight, bias } = headParameters(name);
      return [
        { name: weight, shape: [labels.length, hiddenSize] },
        { name: bias, shape: [labels.length] },
      ];
    }),
  ];
}

export function addPlanned(core: ModelState, heads: readonly PlannedHead[]): void {
  for (const { name, making } of heads) if (making) core.setHead(name, making);
}
