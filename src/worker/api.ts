import type { ProxyMarked, Remote } from 'comlink';
import type { HeadOptions } from '../nn/heads.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options.ts';
import type { TrainingPlan } from '../training/plan.ts';
import type {
  Embeddings,
  EncodeOptions,
  EncoderModel,
  GpuUsage,
  ModelSource,
  ParameterFacts,
  Predictions,
  ProgressEvent,
} from '../types.ts';

/** What a model says of itself: the plain properties of {@link EncoderModel}. */
export type ModelFacts = Pick<
  EncoderModel,
  'dimension' | 'maxLength' | 'pooling' | 'normalize' | 'parameterCount' | 'adapter'
>;

/** Options of a call that are plain data. */
export type EncodeSettings = Pick<EncodeOptions, 'pooling' | 'normalize' | 'maxLength'>;

/** A callback of the page, as the worker holds it. */
export type RemoteListener<E> = Remote<((event: E) => void | Promise<void>) & ProxyMarked>;

/**
 * What a call brings along besides its data. Neither survives inside an object, so they are arguments of their own.
 * A message on `abortPort`, whatever it says, means that the caller's signal fired.
 */
type Line<E = ProgressEvent> = [onEvent?: RemoteListener<E>, abortPort?: MessagePort];

/** A trainer that stays in the worker. The page holds it by a proxy, and lets go of it with that. */
export interface TrainerDoor extends ProxyMarked {
  totalSteps(): number;
  plan(): TrainingPlan;
  /** Waits after each event until the page has taken it. */
  train(...line: Line<TrainingEvent>): Promise<void>;
  pause(): void;
  resume(): void;
  step(): void;
}

/** The worker's door: one model a worker. Anything thrown crosses as in `errorTransfer.ts`. */
export interface WorkerApi {
  /** After a load that failed or was aborted the door is as before, and a load can be tried again. */
  load(source: ModelSource, ...line: Line): Promise<ModelFacts>;
  /** The embeddings' buffer is transferred, not copied. */
  encode(texts: string[], settings: EncodeSettings, ...line: Line): Promise<Embeddings>;
  addHead(name: string, options: HeadOptions): Promise<void>;
  /** The probabilities' buffers are transferred, not copied. */
  predict(texts: string[], ...line: Line): Promise<Predictions>;
  parameters(): Promise<ParameterFacts[]>;
  /** The buffer is transferred, not copied. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  trainer(options: TrainerOptions): TrainerDoor;
  usage(): Promise<GpuUsage>;
  dispose(): Promise<void>;
}
