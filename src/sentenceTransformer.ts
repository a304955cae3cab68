import { allParameters, checkUsable, type ModelCore } from './core.ts';
import { checkOptions, checkTexts } from './encoding.ts';
import { ArgumentError, TabgradError, throwIfAborted } from './errors.ts';
import { Engine } from './gpu/engine.ts';
import { pickStyle } from './gpu/tuning.ts';
import { readFolder, uploadParameters } from './loading.ts';
import { createHead, type HeadOptions, headLogits } from './nn/heads.ts';
import { normalize } from './ops/normalize.ts';
import { pool } from './ops/pooling.ts';
import { softmax } from './ops/softmax.ts';
import { runBatches, tokenize } from './running.ts';
import { toFloats } from './tensor/tensor.ts';
import type {
  AdapterFacts,
  Embeddings,
  EncodeOptions,
  GpuUsage,
  LoadOptions,
  ModelSource,
  OnProgress,
  ParameterFacts,
  Pooling,
  Predictions,
  PredictOptions,
  TrainableModel,
} from './types.ts';

/**
 * A sentence transformer on the GPU of this thread.
 * @see https://sbert.net for the model and its words
 */
export class SentenceTransformer implements TrainableModel {
  readonly dimension: number;
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly parameterCount: number;
  readonly adapter: AdapterFacts;
  /** @internal What the trainer works on. */
  readonly core: ModelCore;

  private constructor(core: ModelCore) {
    const { bert, pooling, normalize, maxLength } = core.folder.repository;
    this.dimension = bert.hiddenSize;
    this.maxLength = maxLength;
    this.pooling = pooling;
    this.normalize = normalize;
    this.parameterCount = core.parameters.count;
    const { vendor, architecture, description, isSoftware } = core.engine.adapter;
    this.adapter = { vendor, architecture, description, isSoftware, gemm: pickStyle(core.engine.adapter) };
    this.core = core;
  }

  /**
   * Loads a model's folder and compiles its kernels.
   * @param source a base URL or path of the folder, or its files
   * @throws WebGpuUnavailableError, DownloadError, ModelFormatError, OutOfMemoryError, KernelError, AbortError
   */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<SentenceTransformer> {
    const { onProgress, signal } = options;
    throwIfAborted(signal);
    const engine = await Engine.open(options.gpu);
    try {
      const folder = await readFolder(source, options);
      throwIfAborted(signal);
      const parameters = await uploadParameters(engine, folder);
      const model = new SentenceTransformer({
        engine,
        folder,
        parameters,
        heads: new Map(),
        beforeRead: undefined,
        calls: 0,
        replaced: [],
        disposed: false,
      });
      await model.#warmUp(onProgress);
      throwIfAborted(signal);
      onProgress?.({ status: 'ready' });
      return model;
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  /**
   * Embeds texts.
   * @param options `pooling`, `normalize` and `maxLength` default to what the model's files say
   * @returns data [n, dimension] row by row, tokens used of each text, indices of the texts that were cut
   * @throws ArgumentError for what is not an array of strings or an option of the wrong kind
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async encode(given: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    const { core, dimension } = this;
    checkUsable(core);
    checkTexts(given);
    // A copy: the caller may change the array while this waits.
    const texts = [...given];
    const { maxPositions } = core.folder.repository.bert;
    const { pooling, normalize: toUnitLength, maxLength } = checkOptions(options, this, maxPositions);
    const { onProgress, signal } = options;
    throwIfAborted(signal);

    const data = new Float32Array(texts.length * dimension);
    const encoded = await tokenize(core, texts, maxLength, signal);
    const tokens = encoded.map(({ ids }) => ids.length);
    const truncated = encoded.flatMap((text, i) => (text.truncated ? [i] : []));
    const tell = (done: number) => onProgress?.({ status: 'encode', done, total: texts.length });
    tell(0);
    await runBatches(
      core,
      encoded,
      (hidden, packed) => {
        const pooled = pool(hidden, packed, pooling);
        return [toUnitLength ? normalize(pooled) : pooled];
      },
      ([vectors], first) => data.set(vectors!, first * dimension),
      {
        padTo: pooling === 'mean-with-padding' ? tokens.reduce((a, b) => Math.max(a, b), 1) : undefined,
        signal,
        onBatch: tell,
      },
    );
    return { data, shape: [texts.length, dimension], tokens, truncated };
  }

  /**
   * Adds a classification head, or replaces the one of that name.
   * @throws ArgumentError for a bad name or labels, ShapeError for weights of another size
   */
  addHead(name: string, options: HeadOptions): void {
    checkUsable(this.core);
    const { engine, heads, replaced, calls, beforeRead } = this.core;
    const old = heads.get(name);
    if (old && beforeRead) {
      throw new TabgradError(
        `addHead(): the model is being trained, and "${name}" cannot be replaced meanwhile. Stop the training first.`,
      );
    }
    heads.set(name, createHead(engine, name, this.dimension, options));
    if (!old) return;
    if (calls > 0) replaced.push(old.parameters);
    else old.parameters.dispose();
  }

  /**
   * Class probabilities of texts, by every head.
   * @throws ArgumentError without a head, or for what is not an array of strings
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async predict(given: string[], { signal }: PredictOptions = {}): Promise<Predictions> {
    const { core } = this;
    checkUsable(core);
    checkTexts(given, 'predict');
    if (core.heads.size === 0) {
      throw new ArgumentError('predict(): the model has no head. Call addHead() first.', {
        argument: 'heads',
      });
    }
    const encoded = await tokenize(core, [...given], this.maxLength, signal);
    const heads = [...core.heads.values()];
    const results = heads.map(({ labels }) => new Float32Array(encoded.length * labels.length));
    await runBatches(
      core,
      encoded,
      (hidden, packed) => headLogits(heads, hidden, packed).map(softmax),
      (probabilities, first) => {
        for (const [h, rows] of probabilities.entries())
          results[h]!.set(rows, first * heads[h]!.labels.length);
      },
      { signal },
    );
    return Object.fromEntries(
      heads.map(({ name, labels }, h) => [
        name,
        { labels: [...labels], probabilities: { data: results[h]!, shape: [encoded.length, labels.length] } },
      ]),
    );
  }

  /** Names and shapes of all parameters, as in the checkpoint; heads' are `heads.<name>.weight` and `.bias`. */
  parameters(): ParameterFacts[] {
    return allParameters(this.core).map(({ name, tensor }) => ({ name, shape: [...tensor.shape] }));
  }

  /**
   * The values of a parameter, in PyTorch's order.
   * @throws TabgradError for a name that is not there
   */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    checkUsable(this.core);
    const found = allParameters(this.core).find((parameter) => parameter.name === name);
    if (!found) throw new TabgradError(`read(): the model has no parameter "${name}".`, { parameter: name });
    this.core.beforeRead?.();
    const reading = toFloats(found.tensor);
    reading.catch(() => {});
    await this.core.engine.commands.submit();
    return reading;
  }

  async usage(): Promise<GpuUsage> {
    return this.core.engine.usage();
  }

  /** Gives all GPU memory and the device back. A second time it does nothing. */
  async dispose(): Promise<void> {
    if (this.core.disposed) return;
    this.core.disposed = true;
    this.core.engine.dispose();
  }

  /** One small batch through everything: drivers compile at the first use, and the first real texts should not wait. */
  async #warmUp(onProgress: OnProgress | undefined): Promise<void> {
    const { pipelines } = this.core.engine;
    pipelines.onCompile = (done, total) => onProgress?.({ status: 'compile', done, total });
    await this.encode(['warm up']);
    pipelines.onCompile = undefined;
  }
}
