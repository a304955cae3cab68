import type { ProxyMarked, Remote } from 'comlink';
import type { FilePart } from '../files/fileParts.ts';
import type { CheckpointOptions } from '../training/checkpoint/autosave.ts';
import type { StoredCheckpoint } from '../training/checkpoint/store.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options/options.ts';
import type { TrainingTime } from '../training/planning/measure.ts';
import type { Trainer } from '../training/trainer.ts';
import type {
  EncoderModel,
  ModelSource,
  ProgressEvent,
  SaveOptions,
  SourceSettings,
  TrainableModel,
} from '../types.ts';

/** The properties of {@link EncoderModel} that are plain data. */
export type ModelFacts = {
  [K in keyof EncoderModel as EncoderModel[K] extends (...args: never[]) => unknown
    ? never
    : K]: EncoderModel[K];
};

/** A callback of the page, as the worker holds it. */
export type RemoteListener<E> = Remote<((event: E) => void | Promise<void>) & ProxyMarked>;

/**
 * A call's last arguments, which Comlink carries in no object: the caller's callback, and a port on which any
 * message means that the caller's signal fired.
 */
export type Line<E = ProgressEvent> = [onEvent?: RemoteListener<E>, abortPort?: MessagePort];

/** Options of a call that are plain data. */
type Settings<O> = Omit<O, 'onProgress' | 'signal'>;

type Method<K extends keyof TrainableModel> = Extract<TrainableModel[K], (...args: never[]) => unknown>;
type Answer<K extends keyof TrainableModel> = Promise<Awaited<ReturnType<Method<K>>>>;

/** The model's calls, their options as plain data. Large results and rows of embeddings are transferred, not copied. */
type ModelCalls = {
  [K in 'addHead' | 'removeHead' | 'heads' | 'parameters' | 'read' | 'usage']: (
    ...args: Parameters<Method<K>>
  ) => Answer<K>;
} & {
  [K in 'encode' | 'countTokens' | 'predict']: (
    texts: string[],
    settings?: Settings<NonNullable<Parameters<Method<K>>[1]>>,
    ...line: Line
  ) => Answer<K>;
} & {
  [K in 'save' | 'selfTest']: (
    settings: Settings<NonNullable<Parameters<Method<K>>[0]>>,
    ...line: Line
  ) => Answer<K>;
};

/** Options of a run's checkpoints that are plain data. */
export type CheckpointSettings = Pick<CheckpointOptions, 'name' | 'everySeconds' | 'about'>;

/** Messages of a run about its checkpoints. */
export type CheckpointNews =
  | { type: 'checkpoint'; saved: StoredCheckpoint }
  | { type: 'checkpoint-note'; message: string };

/** The public face of a trainer in the worker's own thread. */
export type LocalTrainer = Pick<Trainer, keyof Trainer>;

/** A trainer in the worker. The page holds a proxy of it; the trainer goes when the proxy does. */
export interface TrainerDoor extends ProxyMarked {
  /** For the calls whose arguments are plain data. */
  local: Omit<LocalTrainer, 'measure' | 'train'> & ProxyMarked;
  measure(...line: Line<never>): Promise<TrainingTime>;
  /** Waits after each event until the page has taken it. Buffers of evaluations are transferred, not copied. */
  train(
    checkpoints: CheckpointSettings | undefined,
    ...line: Line<TrainingEvent | CheckpointNews>
  ): Promise<void>;
}

/** The calls that the worker answers. It holds one model. Errors cross as `errorTransfer.ts` says. */
export interface WorkerApi extends ModelCalls {
  /** Loads the model. After a load that failed or was aborted another one can be tried. */
  load(source: ModelSource, settings: SourceSettings, ...line: Line): Promise<ModelFacts>;
  /** Waits after each part until the page has taken it. The pieces are transferred, not copied. */
  saveStream(settings: Settings<SaveOptions>, ...line: Line<ProgressEvent | FilePart>): Promise<void>;
  trainer(options: TrainerOptions): TrainerDoor;
  resumeTrainer(checkpoint: Blob | Uint8Array<ArrayBuffer>, ...line: Line<never>): Promise<TrainerDoor>;
  /** Number of requests that began at a time or later, as `watchRequests` counts them. */
  requests(since: number): Promise<number>;
  dispose(): Promise<void>;
}
