/**
 * Types of the library's public face, the same in this thread and in a worker. This file holds types alone and
 * imports nothing.
 */

/** How token vectors become one sentence vector. 'mean-with-padding' also counts a batch's padding. */
export type Pooling = 'mean' | 'cls' | 'max' | 'mean-with-padding';

/** A model's files by path inside its folder ('config.json', '1_Pooling/config.json', 'model.safetensors'). */
export type ModelFiles = Record<string, Blob | Uint8Array<ArrayBuffer>>;

/**
 * A model on the hub (`owner/name`), the base URL or path of a model's folder, or its files. A path of two parts
 * begins with `./` or `/`, so that it is no hub id; in Node a folder of that name comes first.
 */
export type ModelSource = string | ModelFiles;

/**
 * Progress in transformers.js's words, plus 'compile', 'encode' and 'save' (in bytes). `progress` is in percent, 0 to
 * 100.
 */
export type ProgressEvent =
  | { status: 'initiate'; file: string }
  | { status: 'download'; file: string }
  | { status: 'progress'; file: string; loaded: number; total: number; progress: number }
  | { status: 'progress_total'; loaded: number; total: number; progress: number }
  /** `cached` tells that the file came from the browser's cache. */
  | { status: 'done'; file: string; cached: boolean }
  /** Something that the user may want to know; the load goes on. */
  | { status: 'note'; message: string }
  | { status: 'compile'; done: number; total: number }
  /**
   * `done` of `total` texts are embedded. `rows` holds the embeddings of the batch that just ended, row by row, for
   * the texts from index `first` on; it is empty when the call begins, and the caller may keep it. Batches may end
   * out of order.
   */
  | { status: 'encode'; done: number; total: number; first: number; rows: Float32Array<ArrayBuffer> }
  | { status: 'save'; done: number; total: number }
  | { status: 'ready' };

/** Receives the progress of a call. */
export type OnProgress = (event: ProgressEvent) => void;

/** Settings that say which files are loaded and whether they are kept. */
export interface SourceSettings {
  /** Branch, tag or commit of a hub id; 'main' if left out. */
  revision?: string;
  /** Address of the hub that ids are looked up on, 'https://huggingface.co' if left out. */
  hub?: string;
  /**
   * Whether a model from the web is kept in the browser's cache; true if left out. A cached model loads without any
   * request, in the version that was cached, also when its branch has moved on: `deleteCachedModel()` makes the next
   * load fetch anew.
   */
  cache?: boolean;
}

export interface LoadOptions extends SourceSettings {
  /**
   * WebGPU's entry point where there is no `navigator.gpu`: in Node, from the `webgpu` package. Not for the worker.
   */
  gpu?: GPU;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Options of embedding texts. An option that is left out takes the value that the model's files say. */
export interface EncodeOptions {
  pooling?: Pooling;
  normalize?: boolean;
  /** Most tokens of a text, counting [CLS], [SEP] and the prompt; at most the model's number of positions. */
  maxLength?: number;
  /** Name of the prompt that is put in front of each text; the model's default prompt if left out. */
  promptName?: string;
  /** The prompt itself, instead of a name; '' puts nothing in front. */
  prompt?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Embeddings of n texts. */
export interface Embeddings {
  /** Row-major, n × dimension. */
  data: Float32Array<ArrayBuffer>;
  shape: [n: number, dimension: number];
  /** Number of tokens that each text was embedded with, counting [CLS], [SEP] and the prompt. */
  tokens: number[];
  /** Indices of the texts that were cut. */
  truncated: number[];
}

/** Options of counting tokens, as in {@link EncodeOptions}. */
export type CountOptions = Pick<EncodeOptions, 'maxLength' | 'promptName' | 'prompt' | 'signal'>;

/** Token counts of texts, and where each is cut. */
export interface TokenCounts {
  /** Number of tokens of each text before it is cut, counting [CLS], [SEP] and the prompt. */
  tokens: number[];
  /**
   * For each text the position, in UTF-16 units, of the first character that the model does not see; −1 where it sees
   * all. Blanks between the last seen and the first unseen word count as seen.
   */
  cuts: number[];
}

/** Facts that the WebGPU adapter tells about itself. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  description: string;
  /** True where the "GPU" is a program on the processor (lavapipe, SwiftShader, WARP). */
  isSoftware: boolean;
  /** The matrix-product kernel that was picked for it. */
  gemm: string;
}

/** GPU memory and work, as the engine counts them. */
export interface GpuUsage {
  /** Bytes of all buffers that exist. */
  bytes: number;
  /** Bytes of the buffers in use; the others wait in the pool. */
  liveBytes: number;
  liveBuffers: number;
  /** Buffers, pipelines and bind groups created since the device was opened. */
  created: { buffers: number; pipelines: number; bindGroups: number };
  dispatches: number;
  submits: number;
}

/** Options of `predict`. */
export interface PredictOptions {
  signal?: AbortSignal;
}

/** Class probabilities of n texts, by the head's name. */
export type Predictions = Record<
  string,
  {
    labels: string[];
    /** Row-major, n × classes; each row adds up to 1. */
    probabilities: { data: Float32Array<ArrayBuffer>; shape: [n: number, classes: number] };
  }
>;

/** Facts for a saved model's card (README.md); all are optional. */
export interface ModelCard {
  /** Name of the model that it was made from: 'sentence-transformers/all-MiniLM-L6-v2'. */
  baseModel?: string;
  /** The data's name and numbers of texts; the texts themselves are not in the card. */
  dataset?: { name?: string; texts?: number; training?: number; heldOut?: number };
  /** Settings of the training, by name. */
  settings?: Record<string, unknown>;
  metrics?: Record<string, number>;
  /** Updates done. */
  steps?: number;
}

/** Options of saving a model. */
export interface SaveOptions {
  /** Type of the weights in the files; 'float32' if left out. 'float16' rounds to the nearest value. */
  dtype?: 'float32' | 'float16';
  card?: ModelCard;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** A model's folder as files by path. */
export type SavedFiles = Map<string, Uint8Array<ArrayBuffer>>;

/** A file of a model that is being saved. */
export interface SavedFile {
  /** Path in the folder, with slashes. */
  path: string;
  /** Length of the file. */
  bytes: number;
  /** Content of the file, which is made as it is read. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Options of a classification head. */
export interface HeadOptions {
  /** Names of the classes, at least two, in the order of the logits. */
  labels: readonly string[];
  /** How it pools the last hidden state; 'cls' if left out. */
  pooling?: 'cls' | 'mean';
  /** [C, H]; uniform in ±1/√H if left out, as PyTorch's Linear. */
  weight?: Float32Array<ArrayBuffer>;
  /** [C]; uniform in ±1/√H if left out. */
  bias?: Float32Array<ArrayBuffer>;
  /** Seed of the random weights; 42 if left out. */
  seed?: number;
}

/** Facts about a head. */
export interface HeadFacts {
  name: string;
  /** In the order of the logits. */
  labels: string[];
  /** How it pools the last hidden state. */
  pooling: 'cls' | 'mean';
}

/** Name and shape of a parameter. */
export interface ParameterFacts {
  /** As in the checkpoint: 'encoder.layer.0.attention.self.query.weight'. */
  name: string;
  shape: number[];
}

/**
 * Where an encoder's parameters lie in the tree of their names, whose branches are told apart by dots. Parameters of
 * one branch usually train at one rate.
 */
export interface ParameterTree {
  /** The branches outside the layers: ['embeddings']. */
  embeddings: readonly string[];
  /** The branch that holds a branch for each layer, by its number from 0: 'encoder.layer'. */
  layers: string;
  /** Branches that no loss depends on, which a checkpoint may have or lack: ['pooler']. */
  unused: readonly string[];
}

/** Options of `selfTest`. */
export interface SelfTestOptions {
  /** The kernels that embedding needs, those that training and heads need besides, or all; 'all' if left out. */
  part?: 'embed' | 'train' | 'all';
  signal?: AbortSignal;
}

/** The result of one kernel in one of its uses. */
export interface SelfTestKernel {
  /** 'attentionBackward.tile (with dropout)' */
  name: string;
  /**
   * Largest difference from the stored result, in units of that result's largest number; Infinity if the kernel did
   * not run.
   */
  difference: number;
  tolerance: number;
  passed: boolean;
  /** Why it did not run. */
  error?: string;
}

/** Differences of this adapter's numbers from PyTorch's in float64. */
export interface SelfTestReport {
  passed: boolean;
  kernels: SelfTestKernel[];
  /** The largest difference of all kernels and the tiny model; 6e-7 is usual for float32. */
  largest: number;
  /** Largest differences of a tiny model's embeddings, loss and gradients; 0 for what `part` leaves out. */
  model: { embedding: number; loss: number; gradient: number };
  milliseconds: number;
}

/** A loaded model. `tabgrad` runs it in this thread, `tabgrad/worker` in a worker. */
export interface EncoderModel {
  /** Length of an embedding. */
  readonly dimension: number;
  /** Most tokens of a text before it is cut, counting [CLS] and [SEP]. */
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** The prompts of the model's files, by name; 'query' and 'document', both empty, if the files name none. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that every text gets if the caller asks for none. */
  readonly defaultPromptName: string | undefined;
  /** Number of parameters of the encoder, word embeddings included. */
  readonly parameterCount: number;
  /** Where the encoder's parameters lie in the tree of their names. */
  readonly parameterTree: ParameterTree;
  readonly adapter: AdapterFacts;
  /** Embeds texts, one vector each. */
  encode(texts: string[], options?: EncodeOptions): Promise<Embeddings>;
  /** Counts the tokens of texts and tells where each would be cut, without the GPU. */
  countTokens(texts: string[], options?: CountOptions): Promise<TokenCounts>;
  /** Compares this adapter's kernels and a tiny model with PyTorch. It leaves the loaded model alone. */
  selfTest(options?: SelfTestOptions): Promise<SelfTestReport>;
  /** GPU memory and work of this model so far. */
  usage(): Promise<GpuUsage>;
  /** Gives all GPU memory and the device back. A second time it does nothing. */
  dispose(): Promise<void>;
}

/**
 * A model that can have heads and be trained. Calls that answer at once in this thread give a promise in a worker.
 */
export interface TrainableModel extends EncoderModel {
  /** Adds a classification head, or replaces the one of that name. */
  addHead(name: string, options: HeadOptions): void | Promise<void>;
  /** Removes a head; calls in flight still use it. Not allowed while the model is being trained. */
  removeHead(name: string): void | Promise<void>;
  /** The heads, in the order they were added. */
  heads(): HeadFacts[] | Promise<HeadFacts[]>;
  /** Class probabilities of texts, by every head. */
  predict(texts: string[], options?: PredictOptions): Promise<Predictions>;
  /** Names and shapes of all parameters, as in the checkpoint; heads' are `heads.<name>.weight` and `.bias`. */
  parameters(): ParameterFacts[] | Promise<ParameterFacts[]>;
  /** The values of a parameter, in PyTorch's order. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** The model as files by path, for Python's sentence-transformers and for `fromPretrained`. */
  save(options?: SaveOptions): Promise<SavedFiles>;
  /** The same files as streams, one after the other, so that a large model is never in memory as a whole. */
  saveStream(options?: SaveOptions): AsyncGenerator<SavedFile, void, void>;
}
