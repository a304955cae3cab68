import { batchTokens, checkOptions, checkTexts } from './encoding.ts';
import { TabgradError, throwIfAborted } from './errors.ts';
import { Engine } from './gpu/engine.ts';
import { pickStyle } from './gpu/tuning.ts';
import { type LoadedFolder, readFolder, uploadParameters } from './loading.ts';
import { bert } from './nn/bert.ts';
import type { Parameters } from './nn/parameters.ts';
import { normalize } from './ops/normalize.ts';
import { packing } from './ops/packing.ts';
import { pool } from './ops/pooling.ts';
import { scope } from './tensor/scope.ts';
import { toFloats } from './tensor/tensor.ts';
import { type PackedBatch, planBatches } from './text/batch.ts';
import { pause } from './text/pause.ts';
import type {
  AdapterFacts,
  Embeddings,
  EncodeOptions,
  EncoderModel,
  GpuUsage,
  LoadOptions,
  ModelSource,
  OnProgress,
  Pooling,
} from './types.ts';

/** What may wait in the pool after a call: enough for the batches of the next one. */
const POOL_BYTES = 256 * 2 ** 20;

/**
 * A sentence transformer on the GPU of this thread.
 * @see https://sbert.net for the model and its words
 */
export class SentenceTransformer implements EncoderModel {
  readonly dimension: number;
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly parameterCount: number;
  readonly adapter: AdapterFacts;
  readonly #engine: Engine;
  readonly #folder: LoadedFolder;
  readonly #parameters: Parameters;
  #disposed = false;

  private constructor(engine: Engine, folder: LoadedFolder, parameters: Parameters) {
    const { bert, pooling, normalize, maxLength } = folder.repository;
    this.dimension = bert.hiddenSize;
    this.maxLength = maxLength;
    this.pooling = pooling;
    this.normalize = normalize;
    this.parameterCount = parameters.count;
    const { vendor, architecture, description, isSoftware } = engine.adapter;
    this.adapter = { vendor, architecture, description, isSoftware, gemm: pickStyle(engine.adapter) };
    this.#engine = engine;
    this.#folder = folder;
    this.#parameters = parameters;
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
      const model = new SentenceTransformer(engine, folder, await uploadParameters(engine, folder));
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
    this.#checkUsable();
    checkTexts(given);
    // A copy: the caller may change the array while this waits.
    const texts = [...given];
    const { bert } = this.#folder.repository;
    const { pooling, normalize, maxLength } = checkOptions(options, this, bert.maxPositions);
    const { onProgress, signal } = options;
    throwIfAborted(signal);

    const data = new Float32Array(texts.length * this.dimension);
    const encoded = await this.#tokenize(texts, maxLength, signal);
    const tokens = encoded.map(({ ids }) => ids.length);
    const truncated = encoded.flatMap((text, i) => (text.truncated ? [i] : []));
    const batches = planBatches(encoded, {
      maxTokens: batchTokens(bert, this.#engine.adapter.isSoftware),
      padTo: pooling === 'mean-with-padding' ? tokens.reduce((a, b) => Math.max(a, b), 1) : undefined,
      padId: this.#folder.tokenizer.padId,
    });

    onProgress?.({ status: 'encode', done: 0, total: texts.length });
    const waiting: Promise<void>[] = [];
    for (const batch of batches) {
      const result = this.#encodeBatch(batch, pooling, normalize).then((vectors) => {
        data.set(vectors, batch.first * this.dimension);
        onProgress?.({ status: 'encode', done: batch.first + batch.count, total: texts.length });
      });
      // Where an earlier batch fails, this one's failure is heard by nobody.
      result.catch(() => {});
      waiting.push(result);
      // One batch computes while the next is recorded; more would only delay a stop.
      if (waiting.length > 1) await waiting.shift();
      throwIfAborted(signal);
      this.#checkUsable();
    }
    await Promise.all(waiting);
    this.#engine.buffers.trimAbove(POOL_BYTES);
    return { data, shape: [texts.length, this.dimension], tokens, truncated };
  }

  async usage(): Promise<GpuUsage> {
    return this.#engine.usage();
  }

  /** Gives all GPU memory and the device back. A second time it does nothing. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#engine.dispose();
  }

  /** Records, submits and reads one batch. @returns [count, dimension] */
  async #encodeBatch(
    batch: PackedBatch,
    pooling: Pooling,
    shouldNormalize: boolean,
  ): Promise<Float32Array<ArrayBuffer>> {
    const engine = this.#engine;
    const reading = scope(engine, () => {
      const packed = packing(engine, batch.cuSeqlens, batch.keyLens);
      const hidden = bert(this.#parameters, this.#folder.repository.bert, batch, packed);
      const pooled = pool(hidden, packed, pooling);
      return toFloats(shouldNormalize ? normalize(pooled) : pooled);
    });
    reading.catch(() => {});
    await engine.commands.submit();
    return reading;
  }

  async #tokenize(texts: readonly string[], maxLength: number, signal: AbortSignal | undefined) {
    const breathe = pause();
    const encoded: { ids: number[]; truncated: boolean }[] = [];
    for (const text of texts) {
      encoded.push(this.#folder.tokenizer.encode(text, maxLength));
      await breathe();
      throwIfAborted(signal);
    }
    return encoded;
  }

  /** One small batch through everything: drivers compile at the first use, and the first real texts should not wait. */
  async #warmUp(onProgress: OnProgress | undefined): Promise<void> {
    this.#engine.pipelines.onCompile = (done, total) => onProgress?.({ status: 'compile', done, total });
    await this.encode(['warm up']);
    this.#engine.pipelines.onCompile = undefined;
  }

  #checkUsable(): void {
    if (this.#disposed)
      throw new TabgradError('This model was disposed. Load it again with fromPretrained().');
    this.#engine.check();
  }
}
