import { mapNames } from '../architectures/bert/checkpointNames.ts';
import { bertParameters, poolerParameters } from '../architectures/bert/encoder.ts';
import { ArgumentError, ModelFormatError } from '../errors.ts';
import { asObject } from '../files/json.ts';
import { openCheckpoint } from '../files/safetensors/checkpoint.ts';
import { openSafetensors, type SafetensorsFile } from '../files/safetensors/safetensorsFile.ts';
import { remembering } from '../files/source/memoizedReader.ts';
import { openSource } from '../files/source/source.ts';
import type { Engine } from '../gpu/engine.ts';
import { createDense, type Dense } from '../nn/dense.ts';
import { createHead, type Head } from '../nn/heads.ts';
import { Parameters } from '../nn/parameters.ts';
import { readDenseWeights } from '../repository/denseModule.ts';
import { type KeptFiles, notesHeads, sentenceTransformersConfig } from '../repository/layout.ts';
import { readModules } from '../repository/modules.ts';
import { type Repository, readRepository } from '../repository/repository.ts';
import { headsIndex, readHeads, type SavedHead } from '../repository/savedHeads.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { LoadOptions, ModelSource } from '../types.ts';
import { loadTokenizer } from './loadTokenizer.ts';

/** A model's folder, read and checked; nothing of it is on the GPU yet. */
export interface LoadedFolder {
  repository: Repository;
  tokenizer: TextTokenizer;
  checkpoint: SafetensorsFile;
  /** Of each Dense module, its checkpoint and what messages call that. */
  dense: { file: string; checkpoint: SafetensorsFile }[];
  /** What the model is saved with. */
  small: KeptFiles;
  /** Heads that it was saved with. */
  heads: SavedHead[];
}

/** Numbers that are brought to the GPU at a time: 16 MiB. */
const SLICE = 4 * 2 ** 20;

/** @throws ModelFormatError, DownloadError, AbortError */
export async function readFolder(source: ModelSource, options: LoadOptions): Promise<LoadedFolder> {
  // Where a small file is wrong, the large one need not arrive.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  try {
    return await readFiles(source, { ...options, signal });
  } catch (error) {
    stop.abort();
    throw error;
  }
}

async function readFiles(source: ModelSource, options: LoadOptions): Promise<LoadedFolder> {
  const folder = remembering(await openSource(source, options));
  const modules = await folder.optionalJson('modules.json');
  const at = modules === undefined ? { transformer: '', pooling: '', dense: [] } : readModules(modules);
  const encoder = at.transformer;

  // Asked for first, read last: with the large file under way the total is known from the start.
  const weights = folder.optionalBlob(`${encoder}model.safetensors`);
  weights.catch(() => {});
  const denseFiles = at.dense.map((path) => `${path}model.safetensors`);
  const denseBytes = denseFiles.map((file) => folder.bytes(file));
  for (const reading of denseBytes) reading.catch(() => {});
  const [
    config,
    pooling,
    dense,
    sentenceBert,
    tokenizerJson,
    tokenizerConfig,
    ownConfig,
    vocabulary,
    specialTokens,
  ] = await Promise.all([
    folder.json(`${encoder}config.json`),
    modules === undefined ? undefined : folder.optionalJson(`${at.pooling}config.json`),
    Promise.all(at.dense.map((path) => folder.json(`${path}config.json`))),
    folder.optionalJson(`${encoder}sentence_bert_config.json`),
    folder.optionalJson(`${encoder}tokenizer.json`),
    folder.optionalJson(`${encoder}tokenizer_config.json`),
    folder.optionalJson(sentenceTransformersConfig),
    folder.remember(`${encoder}vocab.txt`),
    folder.optionalJson(`${encoder}special_tokens_map.json`),
  ]);
  const repository = readRepository({
    ...{ config, modules, pooling, dense, sentenceBert, tokenizerConfig },
    sentenceTransformers: ownConfig,
  });
  const tokenizerFiles = {
    tokenizer: tokenizerJson,
    config: tokenizerConfig,
    specialTokens,
    vocabulary,
    addedTokens: () => folder.optionalJson(`${encoder}added_tokens.json`),
    tokenizerClass: asObject(config, 'config.json').tokenizer_class,
  };
  const tokenizer = await loadTokenizer(tokenizerFiles, repository, encoder);
  const denseModules = await Promise.all(
    denseFiles.map(async (file, i) => ({
      file,
      checkpoint: await openSafetensors(await denseBytes[i]!, file),
    })),
  );
  // Before the heads are read: those are written anew.
  const small = { files: new Map(folder.remembered), transformer: encoder };
  const heads = notesHeads(ownConfig) ? await readHeads(folder, repository.bert.hiddenSize) : [];
  const checkpoint = await openCheckpoint(folder, encoder, weights);
  // What does not fit together is not kept: the next visit asks whether it was mended.
  parametersOf(repository, checkpoint);
  for (const [i, { file, checkpoint }] of denseModules.entries())
    await readDenseWeights(repository.dense[i]!, checkpoint, file);
  await folder.keep();
  return { repository, tokenizer, checkpoint, dense: denseModules, small, heads };
}

/**
 * The parameters that the model has, in the order of their buffers, and what the checkpoint calls each.
 * @throws ModelFormatError when one is missing or has another shape than config.json asks for
 */
function parametersOf({ bert }: Repository, checkpoint: SafetensorsFile) {
  const names = mapNames(checkpoint.tensors.keys());
  const runs = bertParameters(bert);
  if (names.has('pooler.dense.weight')) runs.push(...poolerParameters(bert));
  for (const { name, shape } of runs.flat()) {
    const entry = checkpoint.tensors.get(names.get(name) ?? '');
    if (!entry) throw mismatch(`has no tensor for ${name}`, name);
    if (entry.shape.join() !== shape.join()) {
      throw mismatch(
        `has ${name} as [${entry.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`,
        name,
      );
    }
  }
  return { runs, names };
}

/**
 * Brings a checkpoint's parameters to the GPU, slice by slice: of the weights only one is on this side.
 * @throws ModelFormatError when one is missing or has another shape than config.json asks for
 */
export async function uploadParameters(
  engine: Engine,
  { repository, checkpoint }: Pick<LoadedFolder, 'repository' | 'checkpoint'>,
): Promise<Parameters> {
  const { runs, names } = parametersOf(repository, checkpoint);
  const parameters = new Parameters(engine, runs);
  try {
    for (const { name } of runs.flat()) {
      const { slice, size } = parameters.get(name);
      for (let at = 0; at < size; at += SLICE) {
        const values = await checkpoint.read(names.get(name)!, at, at + SLICE);
        engine.commands.write({ ...slice, offset: slice.offset + 4 * at }, values);
        // What the queue has not taken yet is a second copy in memory.
        await engine.device.queue.onSubmittedWorkDone();
        engine.check();
      }
    }
  } catch (error) {
    parameters.dispose();
    throw error;
  }
  return parameters;
}

/**
 * Brings the Dense modules behind the pooling to the GPU, in their order.
 * @throws ModelFormatError when a tensor is missing or has another shape than the module's config.json asks for
 */
export async function uploadDense(
  engine: Engine,
  { repository, dense }: Pick<LoadedFolder, 'repository' | 'dense'>,
): Promise<Dense[]> {
  const layers: Dense[] = [];
  for (const [i, { file, checkpoint }] of dense.entries()) {
    const config = repository.dense[i]!;
    layers.push(createDense(engine, config, await readDenseWeights(config, checkpoint, file)));
  }
  return layers;
}

/**
 * Makes the heads that a model was saved with.
 * @throws ModelFormatError for a head that `addHead` would not take
 */
export function uploadHeads(
  engine: Engine,
  { repository, heads }: Pick<LoadedFolder, 'repository' | 'heads'>,
): Map<string, Head> {
  return new Map(
    heads.map(({ name, ...options }) => {
      try {
        return [name, createHead(engine, name, repository.bert.hiddenSize, options)];
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        throw new ModelFormatError(`The head ${JSON.stringify(name)} does not work: ${error.message}`, {
          file: headsIndex,
        });
      }
    }),
  );
}

function mismatch(problem: string, parameter: string): ModelFormatError {
  return new ModelFormatError(`The checkpoint ${problem}. Check that both files are of one model.`, {
    file: 'model.safetensors',
    parameter,
  });
}
