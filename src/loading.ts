import { ModelFormatError } from './errors.ts';
import type { Engine } from './gpu/engine.ts';
import { bertParameters, poolerParameters } from './nn/bert.ts';
import { Parameters } from './nn/parameters.ts';
import { createTokenizer, type TextTokenizer } from './text/tokenizer.ts';
import type { LoadOptions, ModelSource } from './types.ts';
import { readModules } from './weights/modules.ts';
import { mapNames } from './weights/names.ts';
import { type Repository, readRepository } from './weights/repository.ts';
import { openSafetensors, type SafetensorsFile } from './weights/safetensors.ts';
import { openSource } from './weights/source.ts';

/** A model's folder, read and checked; nothing of it is on the GPU yet. */
export interface LoadedFolder {
  repository: Repository;
  tokenizer: TextTokenizer;
  checkpoint: SafetensorsFile;
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
  const folder = await openSource(source, options);
  const modulesJson = await folder.optionalJson('modules.json');
  const at = modulesJson === undefined ? { transformer: '', pooling: '' } : readModules(modulesJson);
  const weightsPath = `${at.transformer}model.safetensors`;

  // Asked for first, read last: with the large file under way the total is known from the start.
  const weights = folder.blob(weightsPath);
  weights.catch(() => {});
  const [config, pooling, sentenceBert, tokenizerJson, tokenizerConfig] = await Promise.all([
    folder.json(`${at.transformer}config.json`),
    modulesJson === undefined ? undefined : folder.optionalJson(`${at.pooling}config.json`),
    folder.optionalJson(`${at.transformer}sentence_bert_config.json`),
    folder.json(`${at.transformer}tokenizer.json`),
    folder.json(`${at.transformer}tokenizer_config.json`),
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
  return { repository, tokenizer, checkpoint: await openSafetensors(await weights, weightsPath) };
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

function mismatch(problem: string, parameter: string): ModelFormatError {
  return new ModelFormatError(`The checkpoint ${problem}. Check that both files are of one model.`, {
    file: 'model.safetensors',
    parameter,
  });
}
