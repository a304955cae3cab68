import { allParameters, type ModelCore } from '../core.ts';
import { Engine } from '../gpu/engine.ts';
import { bertParameters, poolerParameters } from '../nn/bert.ts';
import { createHead } from '../nn/heads.ts';
import { Parameters } from '../nn/parameters.ts';
import type { Recipe } from './recipe.ts';
import { Run } from './run.ts';
import type { TokenizedExample } from './vocabulary.ts';

/** What a run will train and take, before anything is allocated for it. */
export interface TrainingPlan {
  /** Numbers that train. Of the word embeddings all count, though only the rows in use get a gradient. */
  trainable: number;
  /** Rates before the schedule; null for what does not train. */
  parameters: { name: string; shape: number[]; rate: number | null }[];
  /** Bytes on the GPU. */
  memory: { weights: number; gradients: number; moments: number; activations: number; total: number };
}

/** What the largest update takes. */
export interface DryRun {
  memory: TrainingPlan['memory'];
  /** Sizes of the pool's buffers that it uses. */
  tensors: number[];
  dispatches: number;
}

/** Records an update on an engine that only counts. @param update the examples of each of its batches */
export function dryRun(
  core: ModelCore,
  recipe: Recipe,
  vocabulary: Uint32Array<ArrayBuffer>,
  update: readonly (readonly TokenizedExample[])[],
): DryRun {
  const engine = Engine.dry(core.engine);
  const dry = dryCore(core, engine);
  const weights = engine.buffers.bytes;
  const run = new Run(dry, recipe, vocabulary, 1);
  const standing = engine.buffers.bytes;
  run.update(update, 1, 1);
  const { gradients: gradientBytes, moments } = run.bytes;
  const total = engine.buffers.bytes;
  // The optimizer's tables are small; they go with the gradients they belong to.
  const tables = standing - weights - gradientBytes - moments;
  return {
    memory: {
      weights,
      gradients: gradientBytes + tables,
      moments,
      activations: total - standing,
      total,
    },
    tensors: engine.buffers.waiting('tensor'),
    dispatches: engine.commands.dispatches,
  };
}

export function makePlan(core: ModelCore, { settings }: Recipe, { memory }: DryRun): TrainingPlan {
  const parameters = allParameters(core).map(({ name, tensor }) => ({
    name,
    shape: [...tensor.shape],
    rate: settings.get(name)!.rate,
    size: tensor.size,
  }));
  return {
    trainable: parameters.reduce((sum, { rate, size }) => sum + (rate === null ? 0 : size), 0),
    parameters: parameters.map(({ name, shape, rate }) => ({ name, shape, rate })),
    memory,
  };
}

/** The same model without memory. */
function dryCore(core: ModelCore, engine: Engine): ModelCore {
  const { bert } = core.folder.repository;
  const hasPooler = core.parameters.names.includes('pooler.dense.weight');
  const runs = [...bertParameters(bert), ...(hasPooler ? poolerParameters(bert) : [])];
  const heads = [...core.heads.values()].map(({ name, labels, pooling }) =>
    createHead(engine, name, bert.hiddenSize, { labels, pooling }),
  );
  return {
    ...core,
    engine,
    parameters: new Parameters(engine, runs),
    heads: new Map(heads.map((head) => [head.name, head])),
    beforeRead: undefined,
  };
}
