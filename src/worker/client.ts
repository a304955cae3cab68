/**
 * The same face as `tabgrad` with all the work in web workers: the page stays free.
 * @module tabgrad/worker
 */
import { ArgumentError, TabgradError, WorkerError } from '../errors.ts';
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
import { started } from './askWorker.ts';
import { WorkerLine } from './line.ts';
import { savedStream } from './savedStream.ts';
import { lines } from './trainer.ts';

export { WorkerError } from '../errors.ts';
export * from '../exports/shared.ts';
export { readDataset, unzipModel, zipModel } from './data/client.ts';
export { Trainer } from './trainer.ts';

/**
 * A sentence transformer in a worker of its own: the page stays free. The same face and the same errors as
 * `SentenceTransformer` of `tabgrad`.
 */
export class SentenceTransformer implements TrainableModel {
  declare readonly dimension: number;
  declare readonly maxLength: number;
  declare readonly pooling: Pooling;
  declare readonly normalize: boolean;
  declare readonly prompts: Readonly<Record<string, string>>;
  declare readonly defaultPromptName: string | undefined;
  declare readonly parameterCount: number;
  declare readonly parameterTree: ParameterTree;
  declare readonly adapter: AdapterFacts;
  readonly #line: WorkerLine;

  private constructor(facts: ModelFacts, line: WorkerLine) {
    Object.assign(this, facts);
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
    const located = typeof source === 'string' && !isHubId(source) ? resolve(source, 'source') : source;
    // Bundlers look for this form.
    const start = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const line = new WorkerLine(started(start));
    try {
      const facts = await line.call(
        options,
        (api, ...hooks) => api.load(located, { revision, hub, cache }, ...hooks),
        'source',
      );
      return new SentenceTransformer(facts, line);
    } catch (error) {
      // The caller has no handle on this worker, so it is ended.
      line.end(new WorkerError('The model was not loaded.'));
      throw error;
    }
  }

  /** As `encode` of `tabgrad`. An aborted call leaves the model usable. */
  async encode(texts: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    const { pooling, normalize, maxLength, promptName, prompt } = options;
    const settings = { pooling, normalize, maxLength, promptName, prompt };
    return this.#line.call(options, (api, ...line) => api.encode(texts, settings, ...line), 'texts');
  }

  /** As `countTokens` of `tabgrad`. An aborted call leaves the model usable. */
  async countTokens(texts: string[], options: CountOptions = {}): Promise<TokenCounts> {
    const { maxLength, promptName, prompt } = options;
    const settings = { maxLength, promptName, prompt };
    return this.#line.call(options, (api, ...line) => api.countTokens(texts, settings, ...line), 'texts');
  }

  /** As `addHead` of `tabgrad`; the weights are copied. */
  async addHead(name: string, options: HeadOptions): Promise<void> {
    return this.#line.call({}, (api) => api.addHead(name, options), 'options');
  }

  /** As `removeHead` of `tabgrad`. */
  async removeHead(name: string): Promise<void> {
    return this.#line.call({}, (api) => api.removeHead(name), 'name');
  }

  /** As `heads` of `tabgrad`. */
  heads(): Promise<HeadFacts[]> {
    return this.#line.call({}, (api) => api.heads());
  }

  /** As `predict` of `tabgrad`. */
  async predict(texts: string[], options: PredictOptions = {}): Promise<Predictions> {
    return this.#line.call(options, (api, ...hooks) => api.predict(texts, {}, ...hooks), 'texts');
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
    return this.#line.call(options, (api, ...hooks) => api.save({ dtype, card }, ...hooks), 'card');
  }

  /**
   * As `saveStream` of `tabgrad`; the weights are those of the moment when the first file is asked for. The worker is
   * at most one piece ahead of whoever reads. An aborted call leaves the model usable.
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

/** The worker's own address is somewhere else: a relative one means the page's. */
function resolve(address: string, argument: 'source' | 'hub'): string {
  const base = globalThis.document?.baseURI ?? globalThis.location.href;
  if (URL.canParse(address, base)) return new URL(address, base).href;
  throw new ArgumentError(
    argument === 'hub'
      ? `fromPretrained(): the hub ${JSON.stringify(address)} is no URL. Pass its address.`
      : `fromPretrained(): ${JSON.stringify(address)} is no URL. Pass a hub id (owner/name), a model folder's URL or path, or its files.`,
    { argument },
  );
}
