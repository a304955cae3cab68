/**
 * Sentence transformers on WebGPU, in this thread: in a page, in a worker of one's own, in Node.
 * @module tabgrad
 */
export {
  AbortError,
  ArgumentError,
  CheckpointError,
  DeviceLostError,
  DivergedError,
  DownloadError,
  GpuError,
  KernelError,
  ModelFormatError,
  OutOfMemoryError,
  ShapeError,
  TabgradError,
  WebGpuUnavailableError,
} from './errors.ts';
export type { HeadOptions } from './nn/heads.ts';
export type { OptimizerKind } from './optim/adam.ts';
export type { LearningRate } from './optim/paramGroups.ts';
export type { Pattern } from './optim/patterns.ts';
export type { Schedule } from './optim/schedule.ts';
export { SentenceTransformer } from './sentenceTransformer.ts';
export type { Vectors } from './similarity.ts';
export { similarity } from './similarity.ts';
export type { Dataset, DatasetExample, DatasetFormat, DatasetOptions, DatasetTask } from './text/dataset.ts';
export { readDataset } from './text/dataset.ts';
export type { Rejected } from './text/rows.ts';
export type { CheckpointContent, RunHistory } from './training/checkpointFile.ts';
export { readCheckpoint } from './training/checkpointFile.ts';
export type { DoneEvent, EvaluationEvent, HeldOut, StepEvent, TrainingEvent } from './training/events.ts';
export type { Example } from './training/examples.ts';
export type { CheckpointOptions, TrainOptions } from './training/keeper.ts';
export type { TrainingTime } from './training/measure.ts';
export type { TrainScript, TrainScriptFacts } from './training/onwards.ts';
export { trainScript } from './training/onwards.ts';
export type { EarlyStopping, StoppingMetric, TrainerOptions } from './training/options.ts';
export type { EvaluationOptions } from './training/parts.ts';
export type { TrainingPlan } from './training/plan.ts';
export type { Scenario, ScenarioName, ScenarioOptions } from './training/scenarios.ts';
export { scenario } from './training/scenarios.ts';
export { checkpointFault } from './training/storedCheckpoint.ts';
export { Trainer } from './training/trainer.ts';
export type {
  AdapterFacts,
  CountOptions,
  Embeddings,
  EncodeOptions,
  EncoderModel,
  GpuUsage,
  HeadFacts,
  LoadOptions,
  ModelCard,
  ModelFiles,
  ModelSource,
  OnProgress,
  ParameterFacts,
  Pooling,
  Predictions,
  PredictOptions,
  ProgressEvent,
  SavedFile,
  SavedFiles,
  SaveOptions,
  SelfTestKernel,
  SelfTestOptions,
  SelfTestReport,
  SourceSettings,
  TokenCounts,
  TrainableModel,
} from './types.ts';
export { version } from './version.ts';
export type { CachedModel } from './weights/cachedModels.ts';
export { cachedModels, deleteCachedModel, keepCachedModels } from './weights/cachedModels.ts';
export type { StoredCheckpoint } from './weights/checkpointStore.ts';
export { deleteCheckpoint, listCheckpoints, openCheckpoint } from './weights/checkpointStore.ts';
export { unzip } from './weights/unzip.ts';
export { zipFiles, zipStream } from './weights/zip.ts';
