import { groupOf } from '../../architectures/parameterTree.ts';
import { headParameters } from '../../nn/headParameters.ts';
import { defaultWeightDecay, type OptimizerKind } from '../../optim/optimizerKind.ts';
import { type ParameterSetting, parameterSettings } from '../../optim/paramGroups.ts';
import type { ParameterTree } from '../../types.ts';
import type { LossOfRun } from '../losses/loss.ts';
import type { TrainerOptions } from './options.ts';
import { type Scenario, scenario } from './scenarios.ts';

/** Learning rate and weight decay of each parameter of a run. */
export interface Rates {
  scenario: Scenario;
  kind: OptimizerKind;
  /** Rate and decay of every parameter, in the model's order. The rate is null where it does not train. */
  settings: ReadonlyMap<string, ParameterSetting>;
}

/**
 * Works out scenario, patterns and rates. @param encoder names of the encoder's parameters
 * @throws ArgumentError for a pattern that matches none, or a rate that is none
 */
export function ratesOf(
  given: TrainerOptions,
  loss: Pick<LossOfRun, 'parameters'>,
  encoder: readonly string[],
  model: { layers: number; parameterTree: ParameterTree; heads: readonly string[] },
): Rates {
  const chosen = given.scenario ?? 'full';
  const plan = typeof chosen === 'string' ? scenario(chosen, model) : chosen;
  const kind = given.optimizer ?? plan.optimizer ?? 'adam';
  const names = [...encoder, ...model.heads.flatMap((head) => Object.values(headParameters(head)))];
  const settings = parameterSettings(names, {
    learningRate: given.learningRate ?? plan.learningRate,
    weightDecay: given.weightDecay ?? defaultWeightDecay[kind],
    frozen: [...plan.frozen, ...(given.frozen ?? [])],
    noDecay: given.noDecay,
  });
  // A parameter that the loss does not depend on has no gradient: as in PyTorch it neither moves nor decays.
  const reached = new Set(encoder.filter((name) => groupOf(model.parameterTree, name) !== 'unused'));
  for (const name of loss.parameters) reached.add(name);
  for (const name of names) if (!reached.has(name)) settings.set(name, { rate: null, weightDecay: 0 });
  return { scenario: plan, kind, settings };
}
