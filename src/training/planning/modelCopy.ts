import type { Engine } from '../../gpu/engine.ts';
import { ModelState } from '../../model/state.ts';
import type { Parameters } from '../../nn/parameters.ts';
import type { PlannedHead } from '../options/plannedHeads.ts';

/**
 * The model with the heads of a run, in memory of its own on any engine. The encoder's parameters have no values yet.
 */
export function blankCopy(core: ModelState, heads: readonly PlannedHead[], engine: Engine): ModelState {
  const { folder, parameters, dense } = core;
  return ModelState.allocate({
    engine,
    folder,
    runs: parameters.runs,
    // Dense layers are frozen and so shared; an engine that only counts never embeds.
    dense,
    heads: heads.map(({ name, labels, pooling, making }) => [name, making ?? { labels, pooling }]),
  });
}

/**
 * Records that a blank copy gets the model's weights. Heads that the model does not have, as planned, keep their own.
 */
export function copyWeights(from: ModelState, to: ModelState, heads: readonly PlannedHead[]): void {
  const kept = heads.filter(({ making }) => !making).map(({ name }) => name);
  const owners: [Parameters, Parameters][] = [
    [from.parameters, to.parameters],
    ...kept.map((name): [Parameters, Parameters] => [
      from.heads.get(name)!.parameters,
      to.heads.get(name)!.parameters,
    ]),
  ];
  for (const [source, target] of owners) {
    for (const name of source.names)
      from.engine.commands.copy(source.get(name).slice, target.get(name).slice);
  }
}
