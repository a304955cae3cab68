import type { ProxyMarked, Remote } from 'comlink';
import type { FilePart } from '../files/fileParts.ts';
import type { CheckpointOptions } from '../training/checkpoint/autosave.ts';
import type { RunHistory } from '../training/checkpoint/file.ts';
import type { StoredCheckpoint } from '../training/checkpoint/store.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options/options.ts';
import type { TrainingTime } from '../training/planning/measure.ts';
import type { TrainingPlan } from '../training/planning/plan.ts';
import type {
  CountOptions,
  Embeddings,
  EncodeOptions,
  EncoderModel,
  GpuUsage,
  HeadFacts,
  HeadOptions,
  ModelSource,
  ParameterFacts,
  Predictions,
  ProgressEvent,
  SavedFiles,
  SaveOptions,
  SelfTestOptions,
  SelfTestReport,
  SourceSettings,
  TokenCounts,
} from '../types.ts';

/** What a model says of itself: the plain properties of {@link EncoderModel}. */
export type ModelFacts = Pick<
  EncoderModel,
  | 'dimension'
  | 'maxLength'
  | 'pooling'
  | 'normalize'
  | 'prompts'
  | 'defaultPromptName'
  | 'parameterCount'
  | 'parameterTree'
  | 'adapter'
>;

/** Options of a call that are plain data. */
export type EncodeSettings = Pick<
  EncodeOptions,
  'pooling' | 'normalize' | 'maxLength' | 'promptName' | 'prompt'
>;

export type SaveSettings = Pick<SaveOptions, 'dtype' | 'card'>;

/** A callback of the page, as the worker holds it. */
export type RemoteListener<E> = Remote<((event: E) => void | Promise<void>) & ProxyMarked>;

/**
 * What a call brings along besides its data. Neither survives inside an object, so they are arguments of their own.
 * A message on `abortPort`, whatever it says, means that the caller's signal fired.
 */
type Line<E = ProgressEvent> = [onEvent?: RemoteListener<E>, abortPort?: MessagePort];

/** Options of a run's checkpoints that are plain data. */
export type CheckpointSettings = Pick<CheckpointOptions, 'name' | 'everySeconds' | 'about'>;

/** What a run tells beside its events. */
export type CheckpointNews =
  | { type: 'checkpoint'; saved: StoredCheckpoint }
  | { type: 'checkpoint-note'; message: string };

/** A trainer that stays in the worker. The page holds it by a proxy, and lets go of it with that. */
export interface TrainerDoor extends ProxyMarked {
  totalSteps(): number;
  plan(): Promise<TrainingPlan>;
  measure(...line: Line<never>): Promise<TrainingTime>;
  /** Waits after each event until the page has taken it. Buffers of evaluations are transferred, not copied. */
  train(
    checkpoints: CheckpointSettings | undefined,
    ...line: Line<TrainingEvent | CheckpointNews>
  ): Promise<void>;
  /** A Blob's bytes are not copied. */
  checkpoint(): Promise<Blob>;
  saveCheckpoint(): Promise<StoredCheckpoint | undefined>;
  history(): RunHistory;
  pause(): void;
  resume(): void;
  step(): void;
}

/** The worker's door: one model a worker. Anything thrown crosses as in `errorTransfer.ts`. */
export interface WorkerApi {
  /** After a load that failed or was aborted the door is as before, and a load can be tried again. */
  load(source: ModelSource, settings: SourceSettings, ...line: Line): Promise<ModelFacts>;
  /** The embeddings' buffer is transferred, not copied, and so are those of the progress events. */
  encode(texts: string[], settings: EncodeSettings, ...line: Line): Promise<Embeddings>;
  countTokens(
    texts: string[],
    settings: Pick<CountOptions, 'maxLength' | 'promptName' | 'prompt'>,
    ...line: Line
  ): Promise<TokenCounts>;
  addHead(name: string, options: HeadOptions): Promise<void>;
  removeHead(name: string): Promise<void>;
  heads(): Promise<HeadFacts[]>;
  /** The probabilities' buffers are transferred, not copied. */
  predict(texts: string[], ...line: Line): Promise<Predictions>;
  parameters(): Promise<ParameterFacts[]>;
  /** The buffer is transferred, not copied. */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** The files' buffers are transferred, not copied. */
  save(settings: SaveSettings, ...line: Line): Promise<SavedFiles>;
  /** Waits after each part until the page has taken it. The pieces are transferred, not copied. */
  saveStream(settings: SaveSettings, ...line: Line<ProgressEvent | FilePart>): Promise<void>;
  trainer(options: TrainerOptions): TrainerDoor;
  resumeTrainer(checkpoint: Blob | Uint8Array<ArrayBuffer>, ...line: Line<never>): Promise<TrainerDoor>;
  selfTest(settings: Pick<SelfTestOptions, 'part'>, ...line: Line): Promise<SelfTestReport>;
  usage(): Promise<GpuUsage>;
  /** As `watchRequests` counts them. */
  requests(since: number): Promise<number>;
  dispose(): Promise<void>;
}
