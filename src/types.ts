/** Types of the library's public face, the same on both sides of the worker's door. Types alone. */

/** How the vectors of tokens become one of the sentence; 'mean-with-padding' counts the padding of a batch too. */
export type Pooling = 'mean' | 'cls' | 'max' | 'mean-with-padding';

/** A model's files by path inside its folder ('config.json', '1_Pooling/config.json', 'model.safetensors'). */
export type ModelFiles = Record<string, Blob | Uint8Array<ArrayBuffer>>;

/**
 * A model on the hub (`owner/name`), the base URL or path of a model's folder, or its files. A path of two parts begins
 * with `./` or `/`, so that it is no hub id; in Node a folder of that name comes first.
 */
export type ModelSource = string | ModelFiles;

/** Progress in transformers.js's words, plus 'compile', 'encode' and 'save' (in bytes). `progress` is in percent, 0 to 100. */
export type ProgressEvent =
  | { status: 'initiate'; file: string }
  | { status: 'download'; file: string }
  | { status: 'progress'; file: string; loaded: number; total: number; progress: number }
  | { status: 'progress_total'; loaded: number; total: number; progress: number }
  /** `cached`: it came from the browser's cache. */
  | { status: 'done'; file: string; cached: boolean }
  /** Something that the user may want to know and that stops nothing. */
  | { status: 'note'; message: string }
  | { status: 'compile'; done: number; total: number }
  /**
   * `done` of `total` texts are embedded. `rows` has the embeddings of the last batch, row by row, a copy of the caller's own:
   * those of the texts from index `first` on, rows.length / dimension of them; none when it begins. Batches may end out of order.
   */
  | { status: 'encode'; done: number; total: number; first: number; rows: Float32Array<ArrayBuffer> }
  | { status: 'save'; done: number; total: number }
  | { status: 'ready' };

/** Told how a call gets on. */
export type OnProgress = (event: ProgressEvent) => void;

/** Which files are loaded, and whether they are kept. */
export interface SourceSettings {
  /** Of a hub id: branch, tag or commit; 'main' if left out. */
  revision?: string;
  /** Address of the hub that ids are looked up on, 'https://huggingface.co' if left out. */
  hub?: string;
  /**
   * Whether a model from the web is kept in the browser's cache and taken from it, with no request at all; true if left out. A
   * branch that moves on later is taken as it was kept, until `deleteCachedModel()`.
   */
  cache?: boolean;
}

export interface LoadOptions extends SourceSettings {
  /** Where `navigator.gpu` is not there: Node with the `webgpu` package. Not for the worker. */
  gpu?: GPU;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** How texts are embedded. What is left out is what the model's files say. */
export interface EncodeOptions {
  pooling?: Pooling;
  normalize?: boolean;
  /** Tokens a text may have, [CLS], [SEP] and a prompt counted; at most the model's own limit of positions. */
  maxLength?: number;
  /** Name of the prompt that is put in front of each text; the model's default prompt if left out. */
  promptName?: string;
  /** The prompt itself: no name is looked up then. '' puts nothing in front. */
  prompt?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Embeddings of n texts. */
export interface Embeddings {
  /** Row-major, n × dimension. */
  data: Float32Array<ArrayBuffer>;
  shape: [n: number, dimension: number];
  /** Tokens used of each text, [CLS], [SEP] and a prompt counted. */
  tokens: number[];
  /** Indices of the texts that were cut. */
  truncated: number[];
}

/** How tokens are counted. */
export interface CountOptions {
  /** As in {@link EncodeOptions}. */
  maxLength?: number;
  /** As in {@link EncodeOptions}. */
  promptName?: string;
  /** As in {@link EncodeOptions}. */
  prompt?: string;
  signal?: AbortSignal;
}

/** How long texts are for the model, and what of each it sees. */
export interface TokenCounts {
  /** Of each text as it is, uncut; [CLS], [SEP] and a prompt counted. */
  tokens: number[];
  /**
   * Where the first character of each text begins of which the model sees nothing, in UTF-16 units of the text itself; −1
   * where all of the text is seen. Blanks between the last word seen and the first unseen one count as seen.
   */
  cuts: number[];
}

/** What the adapter says of itself. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  description: string;
  /** True where the "GPU" is a program on the processor (lavapipe, SwiftShader, WARP). */
  isSoftware: boolean;
  /** Which matrix-product kernel was picked for it. */
  gemm: string;
}

/** GPU memory and work, as counted by the engine. */
export interface GpuUsage {
  /** Bytes of all buffers that exist. */
  bytes: number;
  /** Bytes of the buffers in use; the rest waits in the pool. */
  liveBytes: number;
  liveBuffers: number;
  /** Buffers, pipelines and bind groups created since the device was opened. */
  created: { buffers: number; pipelines: number; bindGroups: number };
  dispatches: number;
  submits: number;
}

/** How heads are asked. */
export interface PredictOptions {
  signal?: AbortSignal;
}

/** Class probabilities of n texts by head. */
export type Predictions = Record<
  string,
  {
    labels: string[];
    /** Row-major, n × classes; each row adds up to 1. */
    probabilities: { data: Float32Array<ArrayBuffer>; shape: [n: number, classes: number] };
  }
>;

/** What a saved model's card tells of its making; nothing of it is needed. */
export interface ModelCard {
  /** Name of the model that it was made from: 'sentence-transformers/all-MiniLM-L6-v2'. */
  baseModel?: string;
  /** Name and numbers of texts; the texts themselves are not told. */
  dataset?: { name?: string; texts?: number; training?: number; heldOut?: number };
  /** Of the training, by name. */
  settings?: Record<string, unknown>;
  metrics?: Record<string, number>;
  /** Updates done. */
  steps?: number;
}

/** How a model is saved. */
export interface SaveOptions {
  /** Of the weights in the files: 'float32' if left out. 'float16' rounds to the nearest. */
  dtype?: 'float32' | 'float16';
  card?: ModelCard;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** A model's folder as files by path. */
export type SavedFiles = Map<string, Uint8Array<ArrayBuffer>>;

/** A file on its way out. */
export interface SavedFile {
  /** In the folder, with slashes. */
  path: string;
  /** Its length. */
  bytes: number;
  /** Its content, made as it is read. */
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** How a head is made. */
export interface HeadOptions {
  /** Names of the classes, at least two, in the order of the logits. */
  labels: readonly string[];
  /** What of the last hidden state it reads; 'cls' if left out. */
  pooling?: 'cls' | 'mean';
  /** [C, H]; uniform in ±1/√H if left out, as PyTorch's Linear. */
  weight?: Float32Array<ArrayBuffer>;
  /** [C]; uniform in ±1/√H if left out. */
  bias?: Float32Array<ArrayBuffer>;
  /** Of the random weights; 42 if left out. */
  seed?: number;
}

/** What a head says of itself. */
export interface HeadFacts {
  name: string;
  /** In the order of the logits. */
  labels: string[];
  /** What of the last hidden state it reads. */
  pooling: 'cls' | 'mean';
}

/** What a parameter says of itself. */
export interface ParameterFacts {
  /** As in the checkpoint: 'encoder.layer.0.attention.self.query.weight'. */
  name: string;
  shape: number[];
}

/**
 * Where an encoder's parameters lie in the tree of their names, whose branches are told apart by dots. Parameters of one
 * branch usually train at one rate.
 */
export interface ParameterTree {
  /** The branches outside the layers: ['embeddings']. */
  embeddings: readonly string[];
  /** The branch that holds a branch for each layer, by its number from 0: 'encoder.layer'. */
  layers: string;
  /** Branches that no loss depends on, which a checkpoint may have or lack: ['pooler']. */
  unused: readonly string[];
}

/** What is tested. */
export interface SelfTestOptions {
  /** What embedding needs, what training and heads need beside it, or 'all', which is meant where it is left out. */
  part?: 'embed' | 'train' | 'all';
  signal?: AbortSignal;
}

/** One kernel's part of a self-test, in one of its uses. */
export interface SelfTestKernel {
  /** 'attentionBackward.tile (with dropout)' */
  name: string;
  /** Largest difference from the stored result, in units of that result's largest number; Infinity where it gave none. */
  difference: number;
  tolerance: number;
  passed: boolean;
  /** Why it did not run. */
  error?: string;
}

/** How this adapter's numbers differ from PyTorch's float64 ones. */
export interface SelfTestReport {
  passed: boolean;
  kernels: SelfTestKernel[];
  /** The largest difference of all, kernels and model: 6e-7 is float32's usual. */
  largest: number;
  /** Of a tiny model's embeddings, and of a step of its training: 0 where the part asked for leaves that out. */
  model: { embedding: number; loss: number; gradient: number };
  milliseconds: number;
}

/** A loaded model: the same face in this thread (`tabgrad`) and in a worker (`tabgrad/worker`). */
export interface EncoderModel {
  /** Length of an embedding. */
  readonly dimension: number;
  /** Tokens a text may have before it is cut, [CLS] and [SEP] counted. */
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** What the model's files name to be put in front of texts, by name; 'query' and 'document', empty, if they say nothing. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Name of the prompt that every text gets where none is asked for. */
  readonly defaultPromptName: string | undefined;
  /** Number of parameters of the encoder, word embeddings included. */
  readonly parameterCount: number;
  /** Where the encoder's parameters lie in the tree of their names. */
  readonly parameterTree: ParameterTree;
  readonly adapter: AdapterFacts;
  /** Embeds texts: one vector each. */
  encode(texts: string[], options?: EncodeOptions): Promise<Embeddings>;
  /** The tokens of texts, and where each would be cut: no work for the GPU. */
  countTokens(texts: string[], options?: CountOptions): Promise<TokenCounts>;
  /** Compares this adapter's kernels and a tiny model with PyTorch; the model itself is not touched. */
  selfTest(options?: SelfTestOptions): Promise<SelfTestReport>;
  /** GPU memory and work of this model up to now. */
  usage(): Promise<GpuUsage>;
  /** Gives all GPU memory and the device back. A second time it does nothing. */
  dispose(): Promise<void>;
}

/** A model that can be given heads and trained; what answers at once in this thread is a promise from a worker. */
export interface TrainableModel extends EncoderModel {
  /** Adds a classification head, or replaces the one of that name. */
  addHead(name: string, options: HeadOptions): void | Promise<void>;
  /** Frees a head; calls under way still give what it says. Not while the model is being trained. */
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
  /** The same files one after the other, none of them in memory as a whole: for large models. */
  saveStream(options?: SaveOptions): AsyncGenerator<SavedFile, void, void>;
}
