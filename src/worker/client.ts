/**
 * The same face with all the work in web workers: the page stays free. Types that are not here are those of `tabgrad`.
 * @module tabgrad/worker
 */
import { ArgumentError, TabgradError } from '../errors.ts';
import { isHubId } from '../files/source/storageAddress.ts';
import type {
  AdapterFacts,
  CountOptions,
  Embeddings,
  EncodeOptions,
  GpuUsage,
  HeadFacts,
  HeadOptions,
  LoadOptions,
  ModelSource,
  ParameterFacts,
  ParameterTree,
  Pooling,
  Predictions,
  PredictOptions,
  SavedFile,
  SavedFiles,
  SaveOptions,
  SelfTestOptions,
  SelfTestReport,
  TokenCounts,
  TrainableModel,
} from '../types.ts';
import type { ModelFacts } from './api.ts';
import { cloneable } from './cloneable.ts';
import { WorkerLine } from './line.ts';
import { savedStream } from './savedStream.ts';
import { lines } from './trainer.ts';
import { WorkerError } from './workerError.ts';

export type { Dataset, DatasetExample, DatasetFormat, DatasetOptions, DatasetTask } from '../data/dataset.ts';
export type { CachedModel } from '../files/source/cachedModels.ts';
export { cachedModels, deleteCachedModel, keepCachedModels } from '../files/source/cachedModels.ts';
export type { GroupOptions, ParameterSetting } from '../optim/paramGroups.ts';
export { parameterSettings } from '../optim/paramGroups.ts';
export type { Labelled, Split } from '../training/batches/split.ts';
export { stratifiedSplit } from '../training/batches/split.ts';
export type { CheckpointOptions, TrainOptions } from '../training/checkpoint/autosave.ts';
export type { CheckpointContent, RunHistory } from '../training/checkpoint/file.ts';
export { readCheckpoint } from '../training/checkpoint/file.ts';
export type { StoredCheckpoint } from '../training/checkpoint/store.ts';
export { deleteCheckpoint, listCheckpoints, openCheckpoint } from '../training/checkpoint/store.ts';
export { checkpointFault } from '../training/checkpoint/storedCheckpoint.ts';
export type { Mistake, Probabilities, Score } from '../training/evaluation/metrics.ts';
export { likeliest, score, worstMistakes } from '../training/evaluation/metrics.ts';
export type { DoneEvent, EvaluationEvent, HeldOut, StepEvent, TrainingEvent } from '../training/events.ts';
export type { EvaluationOptions } from '../training/options/evaluationOptions.ts';
export type { TrainerOptions } from '../training/options/options.ts';
export type { Scenario, ScenarioName } from '../training/options/scenarios.ts';
export { scenario } from '../training/options/scenarios.ts';
export type { TrainingTime } from '../training/planning/measure.ts';
export type { TrainingPlan } from '../training/planning/plan.ts';
export type { TrainScript, TrainScriptFacts } from '../training/script/trainScript.ts';
export { trainScript } from '../training/script/trainScript.ts';
export { readDataset } from './data/readDataset.ts';
export { unzipModel, zipModel } from './data/zipModel.ts';
export { Trainer } from './trainer.ts';
export { WorkerError };

/**
 * A sentence transformer in a worker of its own: the page stays free. The same face and the same errors as
 * `SentenceTransformer` of `tabgrad`.
 */
export class SentenceTransformer implements TrainableModel {
  readonly dimension: number;
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly prompts: Readonly<Record<string, string>>;
  readonly defaultPromptName: string | undefined;
  readonly parameterCount: number;
  readonly parameterTree: ParameterTree;
  readonly adapter: AdapterFacts;
  readonly #line: WorkerLine;

  private constructor(facts: ModelFacts, line: WorkerLine) {
    this.dimension = facts.dimension;
    this.maxLength = facts.maxLength;
    this.pooling = facts.pooling;
    this.normalize = facts.normalize;
    this.prompts = facts.prompts;
    this.defaultPromptName = facts.defaultPromptName;
    this.parameterCount = facts.parameterCount;
    this.parameterTree = facts.parameterTree;
    this.adapter = facts.adapter;
    this.#line = line;
    lines.set(this, line);
  }

  /**
   * Starts a worker and loads a model in it.
   * @param source a hub id (`owner/name`), a folder's URL, relative to the page, or the model's files
   * @throws ArgumentError for a `gpu` (a GPU object cannot go to a worker) or a source that is no URL
   * @throws WorkerError when the worker does not start
   * @throws AbortError, and whatever loading throws; the worker is closed then
   */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<SentenceTransformer> {
    if (options.gpu) {
      throw new ArgumentError(
        'fromPretrained(): `gpu` cannot go to a worker, which has its own navigator.gpu. Leave it out, or use SentenceTransformer of "tabgrad", which runs in this thread.',
        { argument: 'gpu' },
      );
    }
    const { revision, cache } = options;
    const hub = options.hub === undefined ? undefined : resolve(options.hub, 'hub');
    const place = typeof source === 'string' && !isHubId(source) ? resolve(source, 'source') : source;
    const line = new WorkerLine(startWorker());
    try {
      const facts = await line.call(options, (api, ...hooks) =>
        api.load(place, { revision, hub, cache }, ...hooks),
      );
      return new SentenceTransformer(facts, line);
    } catch (error) {
      // Nobody holds this worker: what it had begun ends with it.
      line.end(new WorkerError('The model was not loaded.'));
      throw cloneable(error, 'source');
    }
  }

  /** As `encode` of `tabgrad`. An aborted call leaves the model usable. */
  async encode(texts: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    const { pooling, normalize, maxLength, promptName, prompt } = options;
    try {
      return await this.#line.call(options, (api, ...hooks) =>
        api.encode(texts, { pooling, normalize, maxLength, promptName, prompt }, ...hooks),
      );
    } catch (error) {
      throw cloneable(error, 'texts');
    }
  }

  /** As `countTokens` of `tabgrad`. An aborted call leaves the model usable. */
  async countTokens(texts: string[], options: CountOptions = {}): Promise<TokenCounts> {
    const { maxLength, promptName, prompt } = options;
    try {
      return await this.#line.call(options, (api, ...hooks) =>
        api.countTokens(texts, { maxLength, promptName, prompt }, ...hooks),
      );
    } catch (error) {
      throw cloneable(error, 'texts');
    }
  }

  /** As `addHead` of `tabgrad`; the weights are copied. */
  async addHead(name: string, options: HeadOptions): Promise<void> {
    try {
      await this.#line.call({}, (api) => api.addHead(name, options));
    } catch (error) {
      throw cloneable(error, 'options');
    }
  }

  /** As `removeHead` of `tabgrad`. */
  async removeHead(name: string): Promise<void> {
    try {
      await this.#line.call({}, (api) => api.removeHead(name));
    } catch (error) {
      throw cloneable(error, 'name');
    }
  }

  /** As `heads` of `tabgrad`. */
  heads(): Promise<HeadFacts[]> {
    return this.#line.call({}, (api) => api.heads());
  }

  /** As `predict` of `tabgrad`. */
  async predict(texts: string[], options: PredictOptions = {}): Promise<Predictions> {
    try {
      return await this.#line.call(options, (api, ...hooks) => api.predict(texts, ...hooks));
    } catch (error) {
      throw cloneable(error, 'texts');
    }
  }

  /** Names and shapes of all parameters, as `parameters` of `tabgrad`. */
  parameters(): Promise<ParameterFacts[]> {
    return this.#line.call({}, (api) => api.parameters());
  }

  /** As `read` of `tabgrad`. */
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    return this.#line.call({}, (api) => api.read(name));
  }

  /** As `save` of `tabgrad`. An aborted call leaves the model usable. */
  async save(options: SaveOptions = {}): Promise<SavedFiles> {
    const { dtype, card } = options;
    try {
      return await this.#line.call(options, (api, ...hooks) => api.save({ dtype, card }, ...hooks));
    } catch (error) {
      throw cloneable(error, 'card');
    }
  }

  /**
   * As `saveStream` of `tabgrad`; the weights are those of the moment when the first file is asked for. The worker is at most one
   * piece ahead of whoever reads. An aborted call leaves the model usable.
   */
  saveStream(options: SaveOptions = {}): AsyncGenerator<SavedFile, void, void> {
    return savedStream(this.#line, options);
  }

  /** As `selfTest` of `tabgrad`. */
  selfTest({ part, signal }: SelfTestOptions = {}): Promise<SelfTestReport> {
    return this.#line.call({ signal }, (api, ...hooks) => api.selfTest({ part }, ...hooks));
  }

  /** GPU memory and work of this model up to now. */
  usage(): Promise<GpuUsage> {
    return this.#line.call({}, (api) => api.usage());
  }

  /**
   * Requests of the worker that went to a server; not what the browser answered by itself.
   * @param since when the first of them may have begun, in ms since 1970
   */
  requests(since = 0): Promise<number> {
    return this.#line.call({}, (api) => api.requests(since));
  }

  /** Frees the GPU and ends the worker; calls under way are rejected. A second time it does nothing. */
  dispose(): Promise<void> {
    return this.#line.close(
      new TabgradError('This model was disposed. Load it again with fromPretrained().'),
    );
  }
}

/** The exact form of `new Worker(new URL(…))` is what bundlers look for. */
function startWorker(): Worker {
  try {
    return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  } catch (error) {
    throw new WorkerError(`The worker could not be started: ${String(error)}`);
  }
}

/** The worker's own address is somewhere else: a relative one means the page's. */
function resolve(address: string, argument: 'source' | 'hub'): string {
  const base = globalThis.document?.baseURI ?? globalThis.location.href;
  try {
    return new URL(address, base).href;
  } catch {
    throw new ArgumentError(
      argument === 'hub'
        ? `fromPretrained(): the hub ${JSON.stringify(address)} is no URL. Pass its address.`
        : `fromPretrained(): ${JSON.stringify(address)} is no URL. Pass a hub id (owner/name), a model folder's URL or path, or its files.`,
      { argument },
    );
  }
}
