import { bertParameters, poolerParameters } from '../../architectures/bert/encoder.ts';
import type { Engine } from '../../gpu/engine.ts';
import type { ModelCore } from '../../model/state.ts';
import { createHead } from '../../nn/heads.ts';
import { Parameters } from '../../nn/parameters.ts';
import type { PlannedHead } from '../options/plannedHeads.ts';

/** The model with the heads of a run, in memory of its own on any engine. The encoder's is not written yet. */
export function blankCopy(core: ModelCore, heads: readonly PlannedHead[], engine: Engine): ModelCore {
  const { bert } = core.folder.repository;
  const hasPooler = core.parameters.names.includes('pooler.dense.weight');
  const runs = [...bertParameters(bert), ...(hasPooler ? poolerParameters(bert) : [])];
  const made = heads.map(({ name, labels, pooling, making }) =>
    createHead(engine, name, bert.hiddenSize, making ?? { labels, pooling }),
  );
  return {
    engine,
    folder: core.folder,
    parameters: new Parameters(engine, runs),
    // Frozen, so shared; an engine that only counts never embeds.
    dense: core.dense,
    heads: new Map(made.map((head) => [head.name, head])),
    trained: new Set(),
    trainings: 0,
    beforeRead: undefined,
    calls: 0,
    replaced: [],
    disposed: false,
  };
}

/** Records that a blank copy gets the model's weights. Heads that the model does not have, as planned, keep their own. */
export function copyWeights(from: ModelCore, to: ModelCore, heads: readonly PlannedHead[]): void {
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

/** Frees a copy's memory. */
export function disposeCopy({ parameters, heads }: ModelCore): void {
  for (const head of heads.values()) head.parameters.dispose();
  parameters.dispose();
}
