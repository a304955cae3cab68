import type { Engine } from '../../gpu/engine.ts';
import { ModelState } from '../../model/state.ts';
import { headParameters } from '../../nn/headParameters.ts';
import type { PlannedHead } from '../options/plannedHeads.ts';

/** The model with a run's heads, in memory of its own on any engine. The encoder's parameters have no values yet. */
export function blankCopy(core: ModelState, heads: readonly PlannedHead[], engine: Engine): ModelState {
  const { folder, parameters, dense } = core;
  return new ModelState({
    engine,
    folder,
    runs: parameters.runs,
    // Dense layers are frozen and so shared; an engine that only counts never embeds.
    dense,
    heads: heads.map(({ name, labels, pooling, making }) => [name, making ?? { labels, pooling }]),
  });
}

/** Records that a blank copy gets the model's weights. Heads that the run makes keep their own. */
export function copyWeights(from: ModelState, to: ModelState, heads: readonly PlannedHead[]): void {
  const made = heads.flatMap(({ name, making }) => (making ? Object.values(headParameters(name)) : []));
  const sources = new Map(from.allParameters.map(({ name, tensor }) => [name, tensor]));
  for (const { name, tensor } of to.allParameters) {
    if (!made.includes(name)) from.engine.commands.copy(sources.get(name)!.slice, tensor.slice);
  }
}
