/**
 * Sentence transformers on WebGPU, in this thread: in a page, in a worker of one's own, in Node.
 * @module tabgrad
 */

export type { Dataset, DatasetExample, DatasetFormat, DatasetOptions, DatasetTask } from './data/dataset.ts';
export { readDataset } from './data/dataset.ts';
export type { Rejected } from './data/rows.ts';
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
export type { CachedModel } from './files/source/cachedModels.ts';
export { cachedModels, deleteCachedModel, keepCachedModels } from './files/source/cachedModels.ts';
export { unzip } from './files/zip/unzip.ts';
export { zipFiles, zipStream } from './files/zip/zip.ts';
export { SentenceTransformer } from './model/sentenceTransformer.ts';
export type { Vectors } from './model/similarity.ts';
export { similarity } from './model/similarity.ts';
export type { OptimizerKind } from './optim/adam.ts';
export type { LearningRate } from './optim/paramGroups.ts';
export type { Pattern } from './optim/patterns.ts';
export type { Schedule } from './optim/schedule.ts';
export type { CheckpointOptions, TrainOptions } from './training/checkpoint/autosave.ts';
export type { CheckpointContent, RunHistory } from './training/checkpoint/file.ts';
export { readCheckpoint } from './training/checkpoint/file.ts';
export type { StoredCheckpoint } from './training/checkpoint/store.ts';
export { deleteCheckpoint, listCheckpoints, openCheckpoint } from './training/checkpoint/store.ts';
export { checkpointFault } from './training/checkpoint/storedCheckpoint.ts';
export type { DoneEvent, EvaluationEvent, HeldOut, StepEvent, TrainingEvent } from './training/events.ts';
export type { EvaluationOptions } from './training/options/evaluationOptions.ts';
export type { Example } from './training/options/examples.ts';
export type { EarlyStopping, StoppingMetric, TrainerOptions } from './training/options/options.ts';
export type { Scenario, ScenarioName, ScenarioOptions } from './training/options/scenarios.ts';
export { scenario } from './training/options/scenarios.ts';
export type { TrainingTime } from './training/planning/measure.ts';
export type { TrainingPlan } from './training/planning/plan.ts';
export type { TrainScript, TrainScriptFacts } from './training/script/trainScript.ts';
export { trainScript } from './training/script/trainScript.ts';
export { Trainer } from './training/trainer.ts';
export type {
  AdapterFacts,
  CountOptions,
  Embeddings,
  EncodeOptions,
  EncoderModel,
  GpuUsage,
  HeadFacts,
  HeadOptions,
  LoadOptions,
  ModelCard,
  ModelFiles,
  ModelSource,
  OnProgress,
  ParameterFacts,
  ParameterTree,
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
