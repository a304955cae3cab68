import { ArgumentError, ModelFormatError } from './errors.ts';
import type { Engine } from './gpu/engine.ts';
import { bertParameters, poolerParameters } from './nn/bert.ts';
import { createHead, type Head } from './nn/heads.ts';
import { Parameters } from './nn/parameters.ts';
import { createTokenizer, type TextTokenizer } from './text/tokenizer.ts';
import type { LoadOptions, ModelSource } from './types.ts';
import { headsIndex, readHeads, type SavedHead } from './weights/exportHeads.ts';
import { type KeptFiles, notesHeads, sentenceTransformersConfig } from './weights/exportLayout.ts';
import { readModules } from './weights/modules.ts';
import { mapNames } from './weights/names.ts';
import { remembering } from './weights/remembering.ts';
import { type Repository, readRepository } from './weights/repository.ts';
import { openSafetensors, type SafetensorsFile } from './weights/safetensors.ts';
import { openSource } from './weights/source.ts';

/** A model's folder, read and checked; nothing of it is on the GPU yet. */
export interface LoadedFolder {
  repository: Repository;
  tokenizer: TextTokenizer;
  checkpoint: SafetensorsFile;
  /** What the model is saved with. */
  small: KeptFiles;
  /** Heads that it was saved with. */
  heads: SavedHead[];
}

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
  const modulesJson = await folder.optionalJson('modules.json');
  const at = modulesJson === undefined ? { transformer: '', pooling: '' } : readModules(modulesJson);
  const weightsPath = `${at.transformer}model.safetensors`;

  // Asked for first, read last: with the large file under way the total is known from the start.
  const weights = folder.blob(weightsPath);
  weights.catch(() => {});
  const [config, pooling, sentenceBert, tokenizerJson, tokenizerConfig, ownConfig] = await Promise.all([
    folder.json(`${at.transformer}config.json`),
    modulesJson === undefined ? undefined : folder.optionalJson(`${at.pooling}config.json`),
    folder.optionalJson(`${at.transformer}sentence_bert_config.json`),
    folder.json(`${at.transformer}tokenizer.json`),
    folder.json(`${at.transformer}tokenizer_config.json`),
    folder.optionalJson(sentenceTransformersConfig),
    folder.remember(`${at.transformer}vocab.txt`),
    folder.remember(`${at.transformer}special_tokens_map.json`),
  ]);
  const repository = readRepository({ config, modules: modulesJson, pooling, sentenceBert, tokenizerConfig });
  const tokenizer = createTokenizer(tokenizerJson, tokenizerConfig, { lowerCase: repository.lowerCase });
  const { vocabularySize } = repository.bert;
  if (tokenizer.vocabularySize > vocabularySize) {
    throw new ModelFormatError(
      `tokenizer.json has ids up to ${tokenizer.vocabularySize - 1}, but config.json says vocab_size ${vocabularySize}. The two belong to different models.`,
      { file: 'tokenizer.json' },
    );
  }
  const small = { files: new Map(folder.remembered), transformer: at.transformer };
  const heads = notesHeads(ownConfig) ? await readHeads(folder, repository.bert.hiddenSize) : [];
  const checkpoint = await openSafetensors(await weights, weightsPath);
  await folder.keep();
  return { repository, tokenizer, checkpoint, small, heads };
}

/**
 * Brings a checkpoint's parameters to the GPU, one tensor at a time.
 * @throws ModelFormatError when one is missing or has another shape than config.json asks for
 */
export async function uploadParameters(
  engine: Engine,
  { repository, checkpoint }: Pick<LoadedFolder, 'repository' | 'checkpoint'>,
): Promise<Parameters> {
  const names = mapNames(checkpoint.tensors.keys());
  const runs = bertParameters(repository.bert);
  if (names.has('pooler.dense.weight')) runs.push(...poolerParameters(repository.bert));
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
  const parameters = new Parameters(engine, runs);
  try {
    for (const { name } of runs.flat()) {
      parameters.write(name, await checkpoint.read(names.get(name)!));
      // What the queue has not taken yet is a second copy in memory.
      await engine.device.queue.onSubmittedWorkDone();
      engine.check();
    }
  } catch (error) {
    parameters.dispose();
    throw error;
  }
  return parameters;
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
