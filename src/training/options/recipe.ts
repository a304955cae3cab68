import { ArgumentError } from '../../errors.ts';
import type { ModelState } from '../../model/state.ts';
import { defaultWeightDecay, type OptimizerKind } from '../../optim/adam.ts';
import { type ParameterSetting, parameterSettings } from '../../optim/paramGroups.ts';
import { reachedParameters } from '../losses/loss.ts';
import type { TrainerOptions } from './options.ts';
import { type PlannedHead, planHeads, plannedParameters } from './plannedHeads.ts';
import { checkTrainerOptions, type ResolvedOptions } from './resolvedOptions.ts';
import { type Scenario, scenario } from './scenarios.ts';

/** Everything that decides a run: its options, with scenario and patterns worked out for this model. */
export interface Recipe {
  options: ResolvedOptions;
  heads: readonly PlannedHead[];
  scenario: Scenario;
  kind: OptimizerKind;
  /** Rate and decay of every parameter, in the model's order. The rate is null where it does not train. */
  settings: ReadonlyMap<string, ParameterSetting>;
}

/**
 * @throws ArgumentError naming the option, what was given and what works; also where nothing would train
 */
export function makeRecipe(
  core: Pick<ModelState, 'heads' | 'folder' | 'parameters'>,
  given: TrainerOptions,
): Recipe {
  const heads = planHeads(core, given?.heads);
  const options = checkTrainerOptions(given, heads);
  const { layers, parameterTree } = core.folder.repository.encoder;
  const chosen = given.scenario ?? 'full';
  const plan =
    typeof chosen === 'string'
      ? scenario(chosen, { layers, parameterTree, heads: heads.map(({ name }) => name) })
      : chosen;
  const kind = given.optimizer ?? plan.optimizer ?? 'adam';
  const names = plannedParameters(core, heads).map(({ name }) => name);
  const settings = parameterSettings(names, {
    learningRate: given.learningRate ?? plan.learningRate,
    weightDecay: options.weightDecay ?? defaultWeightDecay[kind],
    frozen: [...plan.frozen, ...(given.frozen ?? [])],
    noDecay: given.noDecay,
  });
  // A parameter that the loss does not depend on has no gradient: as in PyTorch it neither moves nor decays.
  const reached = reachedParameters(core.parameters.names, parameterTree, options.loss);
  for (const name of names) if (!reached.has(name)) settings.set(name, { rate: null, weightDecay: 0 });
  if ([...settings.values()].every(({ rate }) => rate === null)) {
    throw new ArgumentError(
      `The scenario "${plan.name}" trains nothing: every parameter that a loss depends on is frozen. Choose another, or unfreeze some.`,
      { argument: 'scenario' },
    );
  }
  return { options, heads, scenario: plan, kind, settings };
}
