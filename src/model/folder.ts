import { checkpointNames } from '../architectures/checkpointNames.ts';
import { ModelFormatError } from '../errors.ts';
import { asObject } from '../files/json.ts';
import { openCheckpoint } from '../files/safetensors/checkpoint.ts';
import { openSafetensors, type SafetensorsFile } from '../files/safetensors/safetensorsFile.ts';
import { openSource } from '../files/source/source.ts';
import type { ParameterRun } from '../nn/parameters.ts';
import { type DenseFiles, readDenseWeights } from '../repository/denseModule.ts';
import { type KeptFiles, notesHeads, sentenceTransformersConfig } from '../repository/layout.ts';
import { readModules } from '../repository/modules.ts';
import { type Repository, readRepository } from '../repository/repository.ts';
import { readHeads, type SavedHead } from '../repository/savedHeads.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { LoadOptions, ModelSource } from '../types.ts';
import { loadTokenizer } from './loadTokenizer.ts';

/** A model's folder, read and checked; nothing of it is on the GPU yet. */
export interface LoadedFolder {
  repository: Repository;
  tokenizer: TextTokenizer;
  checkpoint: SafetensorsFile;
  /** The encoder's parameters in the order of their buffers, and the checkpoint's name for each. */
  runs: ParameterRun[];
  names: ReadonlyMap<string, string>;
  dense: DenseFiles[];
  /** The small files, which a saved model gets again. */
  small: KeptFiles;
  /** The heads that the model was saved with. */
  heads: SavedHead[];
}

/** Reads and checks a model's folder. @throws ModelFormatError, DownloadError, AbortError */
export async function readFolder(source: ModelSource, options: LoadOptions): Promise<LoadedFolder> {
  // A wrong small file ends the download of the large one.
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
  const folder = await openSource(source, options);
  const modules = await folder.optionalJson('modules.json');
  const at = modules === undefined ? { transformer: '', pooling: '', dense: [] } : readModules(modules);
  const encoder = at.transformer;

  // The large file is asked for first and read last, so that progress knows the total from the start.
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
    folder.optionalBytes(`${encoder}vocab.txt`),
    folder.optionalJson(`${encoder}special_tokens_map.json`),
  ]);
  const repository = readRepository({
    ...{ config, modules, pooling, dense, sentenceBert, tokenizerConfig },
    sentenceTransformers: ownConfig,
  });
  const tokenizerFiles = {
    ...{ tokenizer: tokenizerJson, config: tokenizerConfig, specialTokens, vocabulary },
    addedTokens: () => folder.optionalJson(`${encoder}added_tokens.json`),
    tokenizerClass: asObject(config, 'config.json').tokenizer_class,
  };
  const tokenizer = await loadTokenizer(tokenizerFiles, repository, encoder);
  const denseModules = await Promise.all(
    denseFiles.map(async (file, i) => {
      const checkpoint = await openSafetensors(await denseBytes[i]!, file);
      return { file, config: repository.dense[i]!, checkpoint };
    }),
  );
  // Taken before the heads are read, since heads are written anew when a model is saved.
  const small = { files: new Map(folder.smallFiles), transformer: encoder };
  const heads = notesHeads(ownConfig) ? await readHeads(folder, repository.encoder.hiddenSize) : [];
  const checkpoint = await openCheckpoint(folder, encoder, weights);
  // Files that do not fit together are not cached, so that the next visit asks for them again.
  const parameters = parametersOf(repository, checkpoint);
  for (const module of denseModules) await readDenseWeights(module);
  await folder.keep();
  return { repository, tokenizer, checkpoint, ...parameters, dense: denseModules, small, heads };
}

/** @throws ModelFormatError when a parameter is missing or has another shape than config.json asks for */
function parametersOf({ encoder }: Repository, checkpoint: SafetensorsFile) {
  const names = checkpointNames(encoder, checkpoint.tensors.keys());
  const runs = encoder.parameters(names);
  for (const { name, shape } of runs.flat()) {
    const entry = checkpoint.tensors.get(names.get(name) ?? '');
    if (!entry) throw mismatch(`has no tensor for ${name}`, name);
    if (entry.shape.join() === shape.join()) continue;
    const [is, asked] = [entry.shape, shape].map((extents) => `[${extents.join(', ')}]`);
    throw mismatch(`has ${name} as ${is}, config.json asks for ${asked}`, name);
  }
  return { runs, names };
}

function mismatch(problem: string, parameter: string): ModelFormatError {
  return new ModelFormatError(`The checkpoint ${problem}. Check that both files are of one model.`, {
    file: 'model.safetensors',
    parameter,
  });
}
