import { ArgumentError, ModelFormatError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import { createDense, type Dense } from '../nn/dense.ts';
import { readDenseWeights } from '../repository/denseModule.ts';
import { headsIndex } from '../repository/savedHeads.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LoadedFolder } from './folder.ts';
import { ModelState } from './state.ts';

/** Numbers that are brought to the GPU at a time: 16 MiB. */
const SLICE = 4 * 2 ** 20;

/**
 * Brings a folder's model to the GPU. After an error the engine's memory is for the caller to give back.
 * @throws ModelFormatError for parameters that do not fit config.json, or a head that `addHead` would not take
 */
export async function loadModel(engine: Engine, folder: LoadedFolder): Promise<ModelState> {
  const { runs } = folder;
  const dense: Dense[] = [];
  for (const module of folder.dense)
    dense.push(createDense(engine, module.config, await readDenseWeights(module)));
  const core = new ModelState({ engine, folder, runs, dense, heads: [] });
  setSavedHeads(core);
  for (const { name } of runs.flat()) await uploadParameter(core, name);
  return core;
}

/** Gives a parameter of the encoder the values that its file has. */
export function uploadParameter({ folder, parameters }: ModelState, name: string): Promise<void> {
  const { names, checkpoint } = folder;
  return upload(parameters.get(name), (from, to) => checkpoint.read(names.get(name)!, from, to));
}

/** Writes a tensor slice by slice, so that only one slice of its values is on this side. */
export async function upload(
  { engine, slice, size }: Tensor,
  read: (from: number, to: number) => Promise<Float32Array<ArrayBuffer>>,
): Promise<void> {
  for (let at = 0; at < size; at += SLICE) {
    const values = await read(at, at + SLICE);
    engine.commands.write({ ...slice, offset: slice.offset + 4 * at }, values);
    // Until the queue has taken the slice, memory holds it twice.
    await engine.device.queue.onSubmittedWorkDone();
    engine.check();
  }
}

function setSavedHeads(core: ModelState): void {
  for (const { name, ...options } of core.folder.heads) {
    try {
      core.setHead(name, options);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      const problem = `The head ${JSON.stringify(name)} does not work: ${error.message}`;
      throw new ModelFormatError(problem, { file: headsIndex });
    }
  }
}
