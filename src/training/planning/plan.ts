import { Engine } from '../../gpu/engine.ts';
import type { ModelState } from '../../model/state.ts';
import { sizeOf } from '../../tensor/shape.ts';
import type { TokenizedExample } from '../batches/tokenizedExample.ts';
import { plannedParameters } from '../options/plannedHeads.ts';
import type { Recipe } from '../options/recipe.ts';
import { Run } from '../step/run.ts';
import { blankCopy } from './modelCopy.ts';

/** The parameters that a run trains and the memory that it takes, known before anything is allocated. */
export interface TrainingPlan {
  /** Count of the numbers that train. All word embeddings count, though only the rows in use get a gradient. */
  trainable: number;
  /** All parameters with their rates before the schedule; null for those that do not train. */
  parameters: { name: string; shape: number[]; rate: number | null }[];
  /** Bytes on the GPU, by what they hold. */
  memory: { weights: number; gradients: number; moments: number; activations: number; total: number };
  /** Counts of the examples that are trained on and evaluated on. */
  trainingExamples: number;
  heldOutExamples: number;
  /** Updates of the whole run. */
  totalSteps: number;
}

/** Memory and kernels of one update. */
export interface DryRun {
  memory: TrainingPlan['memory'];
  /** Sizes in bytes of the pool's buffers that it uses. */
  tensors: number[];
  dispatches: number;
}

/** Records an update on an engine that only counts. @param update the examples of each of its batches */
export function dryRun(
  core: ModelState,
  recipe: Recipe,
  vocabulary: Uint32Array<ArrayBuffer>,
  update: readonly (readonly TokenizedExample[])[],
): DryRun {
  const engine = Engine.dry(core.engine);
  const dry = blankCopy(core, recipe.heads, engine);
  const weights = engine.buffers.bytes;
  const run = new Run(dry, recipe, vocabulary, 1);
  const standing = engine.buffers.bytes;
  run.update(update, 1, 1);
  const { moments } = run.trainable.bytes;
  const total = engine.buffers.bytes;
  // The optimizer's tables are small; they go with the gradients they belong to.
  const gradients = standing - weights - moments;
  return {
    memory: { weights, gradients, moments, activations: total - standing, total },
    tensors: engine.buffers.waiting('tensor'),
    dispatches: engine.commands.dispatches,
  };
}

/** @param totalSteps updates of the whole run */
export function makePlan(
  core: ModelState,
  { settings, heads, options }: Recipe,
  { memory }: DryRun,
  totalSteps: number,
): TrainingPlan {
  const parameters = plannedParameters(core, heads).map(({ name, shape }) => ({
    name,
    shape: [...shape],
    rate: settings.get(name)!.rate,
  }));
  return {
    trainable: parameters.reduce((sum, { rate, shape }) => sum + (rate === null ? 0 : sizeOf(shape)), 0),
    parameters,
    memory,
    trainingExamples: options.training.length,
    heldOutExamples: options.evaluation.length,
    totalSteps,
  };
}
