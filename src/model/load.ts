import { ArgumentError, ModelFormatError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import { createDense, type Dense } from '../nn/dense.ts';
import { readDenseWeights } from '../repository/denseModule.ts';
import { headsIndex } from '../repository/savedHeads.ts';
import { type LoadedFolder, parametersOf } from './folder.ts';
import { ModelState } from './state.ts';

/** Numbers that are brought to the GPU at a time: 16 MiB. */
const SLICE = 4 * 2 ** 20;

/**
 * Brings a folder's model to the GPU. After an error the engine's memory is for the caller to give back.
 * @throws ModelFormatError for parameters that do not fit config.json, or a head that `addHead` would not take
 */
export async function loadModel(engine: Engine, folder: LoadedFolder): Promise<ModelState> {
  const { runs, names } = parametersOf(folder.repository, folder.checkpoint);
  const dense = await uploadDense(engine, folder);
  const core = ModelState.allocate({ engine, folder, runs, dense, heads: [] });
  setSavedHeads(core);
  for (const { name } of runs.flat()) await uploadParameter(core, name, names.get(name)!);
  return core;
}

/** Writes a parameter slice by slice, so that only one slice of the weights is on this side. */
async function uploadParameter(
  { engine, folder, parameters }: ModelState,
  name: string,
  inCheckpoint: string,
): Promise<void> {
  const { slice, size } = parameters.get(name);
  for (let at = 0; at < size; at += SLICE) {
    const values = await folder.checkpoint.read(inCheckpoint, at, at + SLICE);
    engine.commands.write({ ...slice, offset: slice.offset + 4 * at }, values);
    // What the queue has not taken yet is a second copy in memory.
    await engine.device.queue.onSubmittedWorkDone();
    engine.check();
  }
}

async function uploadDense(engine: Engine, { repository, dense }: LoadedFolder): Promise<Dense[]> {
  const layers: Dense[] = [];
  for (const [i, { file, checkpoint }] of dense.entries()) {
    const config = repository.dense[i]!;
    layers.push(createDense(engine, config, await readDenseWeights(config, checkpoint, file)));
  }
  return layers;
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
