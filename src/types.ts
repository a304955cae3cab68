/** Types of the library's public face, the same on both sides of the worker's door. Types alone. */

import type { HeadOptions } from './nn/heads.ts';

export type Pooling = 'mean' | 'cls' | 'max' | 'mean-with-padding';

/** A model's files by path inside its folder ('config.json', '1_Pooling/config.json', 'model.safetensors'). */
export type ModelFiles = Record<string, Blob | Uint8Array<ArrayBuffer>>;

/** A base URL or path of a model folder, or its files. */
export type ModelSource = string | ModelFiles;

/** Progress in transformers.js's words, plus 'compile' and 'encode'. `progress` is in percent, 0 to 100. */
export type ProgressEvent =
  | { status: 'initiate'; file: string }
  | { status: 'download'; file: string }
  | { status: 'progress'; file: string; loaded: number; total: number; progress: number }
  | { status: 'progress_total'; loaded: number; total: number; progress: number }
  | { status: 'done'; file: string }
  | { status: 'compile'; done: number; total: number }
  | { status: 'encode'; done: number; total: number }
  | { status: 'ready' };

export type OnProgress = (event: ProgressEvent) => void;

export interface LoadOptions {
  /** Where `navigator.gpu` is not there: Node with the `webgpu` package. Not for the worker. */
  gpu?: GPU;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

export interface EncodeOptions {
  pooling?: Pooling;
  normalize?: boolean;
  /** Tokens a text may have, [CLS] and [SEP] counted; at most the model's own limit of positions. */
  maxLength?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Embeddings of n texts. */
export interface Embeddings {
  /** Row-major, n × dimension. */
  data: Float32Array<ArrayBuffer>;
  shape: [n: number, dimension: number];
  /** Tokens used of each text, [CLS] and [SEP] counted. */
  tokens: number[];
  /** Indices of the texts that were cut. */
  truncated: number[];
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

export interface ParameterFacts {
  /** As in the checkpoint: 'encoder.layer.0.attention.self.query.weight'. */
  name: string;
  shape: number[];
}

/** A loaded model: the same face in this thread (`tabgrad`) and in a worker (`tabgrad/worker`). */
export interface EncoderModel {
  /** Length of an embedding. */
  readonly dimension: number;
  /** Tokens a text may have before it is cut, [CLS] and [SEP] counted. */
  readonly maxLength: number;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  /** Number of parameters of the encoder, word embeddings included. */
  readonly parameterCount: number;
  readonly adapter: AdapterFacts;
  encode(texts: string[], options?: EncodeOptions): Promise<Embeddings>;
  usage(): Promise<GpuUsage>;
  dispose(): Promise<void>;
}

/** A model that can be given heads and trained; what answers at once in this thread is a promise from a worker. */
export interface TrainableModel extends EncoderModel {
  addHead(name: string, options: HeadOptions): void | Promise<void>;
  predict(texts: string[], options?: PredictOptions): Promise<Predictions>;
  parameters(): ParameterFacts[] | Promise<ParameterFacts[]>;
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** The sizes of a BERT encoder. */
export interface BertConfig {
  /** H */
  hiddenSize: number;
  /** A; divides H */
  heads: number;
  layers: number;
  /** I */
  intermediateSize: number;
  /** V */
  vocabularySize: number;
  maxPositions: number;
  typeVocabularySize: number;
  layerNormEps: number;
  /** The padding token: its word embedding never trains, as PyTorch's `padding_idx`. */
  paddingId: number;
  activation: 'gelu';
}
