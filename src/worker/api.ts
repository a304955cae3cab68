import type { ProxyMarked, Remote } from 'comlink';
import type { Embeddings, EncodeOptions, EncoderModel, GpuUsage, ModelSource, OnProgress } from '../types.ts';

/** What a model says of itself: the plain properties of {@link EncoderModel}. */
export type ModelFacts = Pick<
  EncoderModel,
  'dimension' | 'maxLength' | 'pooling' | 'normalize' | 'parameterCount' | 'adapter'
>;

/** Options of a call that are plain data. */
export type EncodeSettings = Pick<EncodeOptions, 'pooling' | 'normalize' | 'maxLength'>;

/** A progress callback of the page, as the worker holds it. */
export type RemoteProgress = Remote<OnProgress & ProxyMarked>;

/**
 * What a call brings along besides its data. Neither survives inside an object, so they are arguments of their own.
 * A message on `abortPort`, whatever it says, means that the caller's signal fired.
 */
type Line = [onProgress?: RemoteProgress, abortPort?: MessagePort];

/** The worker's door: one model a worker. Anything thrown crosses as in `errorTransfer.ts`. */
export interface WorkerApi {
  /** After a load that failed or was aborted the door is as before, and a load can be tried again. */
  load(source: ModelSource, ...line: Line): Promise<ModelFacts>;
  /** The embeddings' buffer is transferred, not copied. */
  encode(texts: string[], settings: EncodeSettings, ...line: Line): Promise<Embeddings>;
  usage(): Promise<GpuUsage>;
  dispose(): Promise<void>;
}
