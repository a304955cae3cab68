import { TabgradError, throwIfAborted } from '../errors.ts';
import { Engine } from '../gpu/engine.ts';
import { chosen } from '../gpu/variants.ts';
import { headLogits } from '../nn/heads.ts';
import { products } from '../ops/products/productVariants.ts';
import { softmax } from '../ops/softmax.ts';
import { toFloats } from '../tensor/tensor.ts';
import { countTokens } from '../text/countTokens.ts';
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
  OnProgress,
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
import { checkOptions, checkTexts, promptOf } from './encodeOptions.ts';
import { readFolder } from './folder.ts';
import { defaultPrompt, promptTokens, runBatches, sentenceEmbeddings, tokenize } from './forward.ts';
import { addHead, expectHeads, headFacts, removeHead } from './heads.ts';
import { loadModel } from './load.ts';
import { saveModel, streamModel } from './save.ts';
import type { ModelState } from './state.ts';

/**
 * A sentence transformer that computes on the GPU in this thread.
 * @see https://sbert.net for the model and its words
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
  /** @internal The model's state, which the trainer works on. */
  readonly core: ModelState;

  private constructor(core: ModelState) {
    const { encoder, dimension, pooling, normalize, maxLength, prompts } = core.folder.repository;
    this.dimension = dimension;
    this.maxLength = maxLength;
    this.pooling = pooling;
    this.normalize = normalize;
    this.prompts = Object.fromEntries(prompts.byName);
    this.defaultPromptName = prompts.defaultName;
    this.parameterCount = core.parameters.count;
    this.parameterTree = encoder.parameterTree;
    const { vendor, architecture, description, isSoftware } = core.engine.adapter;
    const gemm = chosen(products.NT, core.engine).name;
    this.adapter = { vendor, architecture, description, isSoftware, gemm };
    this.core = core;
  }

  /**
   * Loads a model's folder and compiles its kernels.
   * @param source a hub id (`owner/name`), the folder's URL or path, or its files
   * @throws WebGpuUnavailableError, DownloadError, ModelFormatError, OutOfMemoryError, KernelError, AbortError
   */
  static async fromPretrained(source: ModelSource, options: LoadOptions = {}): Promise<SentenceTransformer> {
    const { onProgress, signal } = options;
    throwIfAborted(signal);
    const engine = await Engine.open(options.gpu);
    try {
      const folder = await readFolder(source, options);
      throwIfAborted(signal);
      const model = new SentenceTransformer(await loadModel(engine, folder));
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
   * Embeds texts. Each gets a prompt in front: `prompt`, the one called `promptName`, or the model's default.
   * @param options `pooling`, `normalize`, `maxLength` and the prompt default to what the model's files say
   * @returns data [n, dimension] row by row, tokens used of each text, indices of the texts that were cut
   * @throws ArgumentError for what is not an array of strings or an option of the wrong kind
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async encode(given: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    const { core, dimension } = this;
    core.checkUsable();
    checkTexts(given);
    // The caller may change the array while this call waits, so it works on a copy.
    const texts = [...given];
    const { encoder, prompts } = core.folder.repository;
    const { maxLength, ...form } = checkOptions(options, this, encoder.maxPositions);
    const prompt = promptOf(options, prompts);
    const { onProgress, signal } = options;
    throwIfAborted(signal);

    const encoded = await tokenize(core, texts, { maxLength, prompt, signal });
    const skip = promptTokens(core, prompt, maxLength);
    const tokens = encoded.map(({ ids }) => ids.length);
    const truncated = encoded.flatMap((text, i) => (text.truncated ? [i] : []));
    const tell = (done: number, first: number, rows: Float32Array<ArrayBuffer>) =>
      onProgress?.({ status: 'encode', done, total: texts.length, first, rows });
    tell(0, 0, new Float32Array(0));
    const [data] = await runBatches(
      core,
      encoded,
      [dimension],
      (hidden, packed, batch) => [sentenceEmbeddings(core, hidden, packed, batch, { ...form, skip })],
      {
        padTo: form.pooling === 'mean-with-padding' ? tokens.reduce((a, b) => Math.max(a, b), 1) : undefined,
        // Nobody else holds the rows that were read back, so the caller may keep them.
        onBatch: ([vectors], first, done) => tell(done, first, vectors!),
        signal,
      },
    );
    return { data: data!, shape: [texts.length, dimension], tokens, truncated };
  }

  /**
   * Counts the tokens of each text and tells where `encode` with the same `maxLength` and prompt cuts it.
   * @param options `maxLength` and the prompt default to the model's
   * @throws ArgumentError for what is not an array of strings, or an option that does not work
   * @throws AbortError, DeviceLostError, GpuError
   */
  async countTokens(given: string[], options: CountOptions = {}): Promise<TokenCounts> {
    const { folder } = this.core;
    this.core.checkUsable();
    checkTexts(given, 'countTokens');
    const { encoder, prompts } = folder.repository;
    const { maxLength } = checkOptions(options, this, encoder.maxPositions, 'countTokens');
    const prompt = promptOf(options, prompts, 'countTokens');
    throwIfAborted(options.signal);
    return countTokens(folder.tokenizer, [...given], { maxLength, prompt, signal: options.signal });
  }

  /**
   * Adds a classification head, or replaces the one of that name.
   * @throws ArgumentError for a bad name or labels, ShapeError for weights of another size
   * @throws TabgradError for a name that is there while the model is being trained
   */
  addHead(name: string, options: HeadOptions): void {
    addHead(this.core, name, options);
  }

  /**
   * Frees a head.
   * @throws ArgumentError for a name that no head has, TabgradError while the model is being trained
   */
  removeHead(name: string): void {
    removeHead(this.core, name);
  }

  /** The heads, in the order they were added. */
  heads(): HeadFacts[] {
    return headFacts(this.core.heads.values());
  }

  /**
   * Class probabilities of texts by every head. Texts get the model's default prompt in front, as in training.
   * @throws ArgumentError without a head, or for what is not an array of strings
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async predict(given: string[], { signal }: PredictOptions = {}): Promise<Predictions> {
    const { core } = this;
    core.checkUsable();
    checkTexts(given, 'predict');
    expectHeads(core);
    const { maxLength } = this;
    const encoded = await tokenize(core, [...given], { maxLength, prompt: defaultPrompt(core), signal });
    // Heads may have been removed while the texts were tokenized.
    const heads = expectHeads(core);
    const results = await runBatches(
      core,
      encoded,
      heads.map(({ labels }) => labels.length),
      (hidden, packed) => headLogits(heads, hidden, packed).map(softmax),
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
    return this.core.allParameters.map(({ name, tensor }) => ({ name, shape: [...tensor.shape] }));
  }

  /**
   * The values of a parameter, in PyTorch's order.
   * @throws TabgradError for a name that is not there
   */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    this.core.checkUsable();
    const found = this.core.allParameters.find((parameter) => parameter.name === name);
    if (!found) throw new TabgradError(`read(): the model has no parameter "${name}".`, { parameter: name });
    this.core.settle();
    const endLease = this.core.lease();
    try {
      const reading = toFloats(found.tensor);
      reading.catch(() => {});
      await this.core.engine.commands.submit();
      return await reading;
    } finally {
      endLease();
    }
  }

  /**
   * Saves the model as files by path, for Python's sentence-transformers and for `fromPretrained`: the folder that it
   * was loaded from with the present weights, a model card (README.md), and the heads in `heads/`, which `predict.py`
   * reads. The arrays belong to the caller. During a training the weights are those of the moment of the call.
   * @throws TabgradError when a training begins meanwhile
   * @throws ArgumentError for an option that does not work, or a weight too large for float16
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async save(options: SaveOptions = {}): Promise<SavedFiles> {
    return saveModel(this.core, options);
  }

  /**
   * Gives the files of `save` as streams, one after the other, so that a large model is never in memory as a whole.
   * Weights are read from the GPU in pieces of at most 4 MiB. A file can be read until the next one is asked for;
   * leaving the loop, an error or an abort frees what the call holds. The weights are those of the moment when the
   * first file is asked for. A training that is on then continues, since its weights are copied on the GPU; a
   * training that begins later ends the stream with an error.
   * @example for await (const { path, stream } of model.saveStream()) await stream.pipeTo(await fileFor(path));
   * @throws TabgradError when a training begins meanwhile
   * @throws ArgumentError for an option that does not work, or a weight too large for float16
   * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  saveStream(options: SaveOptions = {}): AsyncGenerator<SavedFile, void, void> {
    return streamModel(this.core, options);
  }

  /**
   * Compares every kernel that embedding and training use, and a tiny model, with stored results of PyTorch on this
   * adapter. It leaves the model alone; the first call loads the stored results.
   * @throws TabgradError after dispose, AbortError, DeviceLostError, OutOfMemoryError
   */
  async selfTest(options: SelfTestOptions = {}): Promise<SelfTestReport> {
    const { selfTest } = await import('../selfTest/selfTest.ts');
    return selfTest(this.core, options);
  }

  /** GPU memory and work of this model so far, also after `dispose`. @throws DeviceLostError */
  async usage(): Promise<GpuUsage> {
    if (!this.core.isDisposed) this.core.checkUsable();
    return this.core.engine.usage();
  }

  /** Gives all GPU memory and the device back. A second call does nothing. */
  async dispose(): Promise<void> {
    this.core.dispose();
  }

  /** Embeds one small text: drivers compile kernels at their first use, and the first real texts should not wait. */
  async #warmUp(onProgress: OnProgress | undefined): Promise<void> {
    const { pipelines } = this.core.engine;
    pipelines.onCompile = (done, total) => onProgress?.({ status: 'compile', done, total });
    await this.encode(['warm up']);
    pipelines.onCompile = undefined;
  }
}
