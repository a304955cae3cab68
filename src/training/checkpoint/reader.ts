import { ArgumentError, CheckpointError, ShapeError } from '../../errors.ts';
import { checkTensors, damaged } from '../../files/safetensors/sealed.ts';
import { adapterName } from '../../gpu/variants.ts';
import { upload, uploadParameter } from '../../model/load.ts';
import type { ModelState } from '../../model/state.ts';
import { headParameters } from '../../nn/headParameters.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { HeadOptions } from '../../types.ts';
import type { TrainerOptions } from '../options/options.ts';
import { plannedParameters } from '../options/plannedHeads.ts';
import type { Recipe } from '../options/recipe.ts';
import { trainedOf } from '../step/gradients.ts';
import type { Run } from '../step/run.ts';
import type { OpenCheckpoint, RunHistory } from './file.ts';
import { historyOf, NAME, openRun, optionsOf, runTensors, tensorNames } from './file.ts';
import { difference, modelIdentity } from './modelIdentity.ts';

/** A whole checkpoint that was made with this model, and what a trainer needs of it to begin. */
export interface CheckedCheckpoint extends OpenCheckpoint {
  /** The run's options, with the heads and their weights. */
  options: TrainerOptions;
  history: RunHistory;
}

/** @throws CheckpointError ('damaged', 'version', 'model'), AbortError */
export async function checkCheckpoint(
  core: ModelState,
  given: Blob | Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<CheckedCheckpoint> {
  const open = await openRun(given);
  const { blob, file, state } = open;
  const other = difference(state.model, await modelIdentity(core));
  if (other !== undefined) throw wrongModel(other);
  await checkTensors(blob, file, NAME, signal);
  for (const name of state.changed) {
    if (!core.parameters.names.includes(name)) throw damaged(NAME, `The model has no ${name}.`);
    expectShape(open, name, core.parameters.get(name).shape);
  }
  const heads: [string, HeadOptions][] = [];
  for (const { name, labels, pooling } of state.heads) {
    const names = headParameters(name);
    const [weight, bias] = [await floats(open, names.weight), await floats(open, names.bias)];
    heads.push([name, { labels, pooling, weight, bias }]);
  }
  const options = { ...(await optionsOf(open)), heads: Object.fromEntries(heads) };
  return { ...open, options, history: await historyOf(open) };
}

/**
 * Checks that a checkpoint has what a run of its own options needs. @param totalSteps of the run as it is now
 * @throws CheckpointError ('damaged', or 'model' for another tokenizer)
 */
export async function checkRun(
  core: ModelState,
  recipe: Recipe,
  vocabulary: Uint32Array<ArrayBuffer>,
  totalSteps: number,
  open: OpenCheckpoint,
): Promise<void> {
  const { file, state } = open;
  if (totalSteps !== state.totalSteps) {
    throw damaged(
      NAME,
      `Its run has ${state.totalSteps} steps, with its examples it would have ${totalSteps}.`,
    );
  }
  expectShape(open, tensorNames.vocabulary, undefined, 'U32');
  const theirs = new Uint32Array((await file.bytes(tensorNames.vocabulary)).buffer);
  if (theirs.join() !== vocabulary.join()) throw wrongModel('its tokenizer is another');
  const trained = trainedOf(plannedParameters(core, recipe.heads), core, recipe, vocabulary);
  for (const { name, shape, rows } of trained) {
    const moment = rows ? [rows.length, ...shape.slice(1)] : shape;
    for (const letter of ['m', 'v'] as const) expectShape(open, tensorNames.moment(letter, name), moment);
    const isEncoder = core.parameters.names.includes(name);
    if (isEncoder && !state.changed.includes(name)) throw damaged(NAME, `It lacks ${name}, which trains.`);
  }
  if (state.owesDecay) expectShape(open, tensorNames.shrinkage, [trained.length]);
}

/**
 * Has ops use the kernels that the run began with, for the same bits. Another adapter keeps its own, as it gives other
 * bits anyway; so does an op whose kernel is gone or does not run on the adapter.
 */
export function useKernels({ engine }: ModelState, { state: { kernels } }: OpenCheckpoint): void {
  if (kernels?.adapter === adapterName(engine.adapter))
    engine.choice = { ...engine.choice, ...kernels.choice };
}

/**
 * Gives the encoder the checkpoint's weights, a tensor at a time; what the checkpoint lacks is as it was loaded. Then
 * gives the run its moments and its place in the schedule.
 * @throws CheckpointError where the file went away meanwhile; the model then has some weights of each
 */
export async function restoreRun(core: ModelState, run: Run, open: OpenCheckpoint): Promise<void> {
  const { state } = open;
  const { parameters, trained } = core;
  const inFile = new Set(state.changed);
  const restore = (name: string, tensor: Tensor) =>
    upload(tensor, (from, to) => floats(open, name, from, to));
  for (const name of parameters.names) {
    if (inFile.has(name)) await restore(name, parameters.get(name));
    else if (trained.has(name)) await uploadParameter(core, name);
  }
  for (const name of inFile) trained.add(name);
  for (const { name, tensor } of runTensors(run, state.owesDecay)) await restore(name, tensor);
  run.restore(state);
}

/** Turns the error for options that do not work into one for the checkpoint: no trainer wrote it. */
export function asDamaged(error: unknown): unknown {
  if (!(error instanceof ArgumentError || error instanceof ShapeError)) return error;
  return damaged(NAME, error.message);
}

async function floats(
  open: OpenCheckpoint,
  name: string,
  from?: number,
  to?: number,
): Promise<Float32Array<ArrayBuffer>> {
  expectShape(open, name);
  return open.file.read(name, from, to).catch((cause) => {
    throw damaged(NAME, String(cause));
  });
}

/** @param shape any shape fits if left out @throws CheckpointError */
function expectShape({ file }: OpenCheckpoint, name: string, shape?: Shape, dtype = 'F32'): void {
  const entry = file.tensors.get(name);
  if (!entry) throw damaged(NAME, `It has no ${name}.`);
  if (entry.dtype === dtype && (!shape || entry.shape.join() === shape.join())) return;
  const expected = shape ? `${dtype} [${shape.join(', ')}]` : dtype;
  throw damaged(NAME, `It has ${name} as ${entry.dtype} [${entry.shape.join(', ')}], expected ${expected}.`);
}

function wrongModel(what: string): CheckpointError {
  return new CheckpointError(
    `This checkpoint was made with another model: ${what}. Load the model that the run began with, as it was published, and resume again.`,
    { reason: 'model' },
  );
}
