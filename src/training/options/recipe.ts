import { ArgumentError } from '../../errors.ts';
import type { ModelState } from '../../model/state.ts';
import type { TrainerOptions } from './options.ts';
import { type PlannedHead, planHeads } from './plannedHeads.ts';
import { type Rates, ratesOf } from './rates.ts';
import { checkTrainerOptions, type ResolvedOptions } from './resolvedOptions.ts';

/** Everything that decides a run: its options, with scenario and patterns worked out for this model. */
export interface Recipe extends Rates {
  options: ResolvedOptions;
  heads: readonly PlannedHead[];
}

/** @throws ArgumentError naming the option, what was given and what works; also where nothing would train */
export function makeRecipe(
  core: Pick<ModelState, 'heads' | 'folder' | 'parameters'>,
  given: TrainerOptions,
): Recipe {
  const heads = planHeads(core, given?.heads);
  const options = checkTrainerOptions(given, heads);
  const names = heads.map(({ name }) => name);
  const { layers, parameterTree } = core.folder.repository.encoder;
  const rates = ratesOf(given, options.loss, core.parameters.names, { layers, parameterTree, heads: names });
  if ([...rates.settings.values()].every(({ rate }) => rate === null)) {
    throw new ArgumentError(
      `The scenario "${rates.scenario.name}" trains nothing: every parameter that a loss depends on is frozen. Choose another, or unfreeze some.`,
      { argument: 'scenario' },
    );
  }
  return { options, heads, ...rates };
}
