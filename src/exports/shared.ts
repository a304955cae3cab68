/** Exports of both `tabgrad` and `tabgrad/worker`: errors, types, and the helpers that need no model. */

export type { Dataset, DatasetExample, DatasetFormat, DatasetOptions, DatasetTask } from '../data/dataset.ts';
export type { Rejected } from '../data/rows.ts';
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
} from '../errors.ts';
export type { CachedModel } from '../files/source/cachedModels.ts';
export { cachedModels, deleteCachedModel, keepCachedModels } from '../files/source/cachedModels.ts';
export type { Vectors } from '../model/similarity.ts';
export { similarity } from '../model/similarity.ts';
export type { OptimizerKind } from '../optim/optimizerKind.ts';
export type { GroupOptions, LearningRate, ParameterSetting } from '../optim/paramGroups.ts';
export { parameterSettings } from '../optim/paramGroups.ts';
export type { Pattern } from '../optim/patterns.ts';
export type { Schedule } from '../optim/schedule.ts';
export type { Labelled, Split } from '../training/batches/split.ts';
export { stratifiedSplit } from '../training/batches/split.ts';
export type { CheckpointOptions, TrainOptions } from '../training/checkpoint/autosave.ts';
export type { CheckpointContent, RunHistory } from '../training/checkpoint/file.ts';
export { readCheckpoint } from '../training/checkpoint/file.ts';
export type { StoredCheckpoint } from '../training/checkpoint/store.ts';
export { deleteCheckpoint, listCheckpoints, openCheckpoint } from '../training/checkpoint/store.ts';
export { checkpointFault } from '../training/checkpoint/storedCheckpoint.ts';
export type { Mistake, Probabilities, Score } from '../training/evaluation/metrics.ts';
export { likeliest, score, worstMistakes } from '../training/evaluation/metrics.ts';
export type { DoneEvent, EvaluationEvent, HeldOut, StepEvent, TrainingEvent } from '../training/events.ts';
export type { AnyExample, LossExamples, LossName } from '../training/losses/losses.ts';
export type { Example } from '../training/options/examples.ts';
export type { EarlyStopping, StoppingMetric, TrainerOptions } from '../training/options/options.ts';
export type { Scenario, ScenarioName, ScenarioOptions } from '../training/options/scenarios.ts';
export { scenario } from '../training/options/scenarios.ts';
export type { EvaluationOptions } from '../training/options/splitExamples.ts';
export type { TrainingTime } from '../training/planning/measure.ts';
export type { TrainingPlan } from '../training/planning/plan.ts';
export type { TrainScript, TrainScriptFacts } from '../training/script/trainScript.ts';
export { trainScript } from '../training/script/trainScript.ts';
export type * from '../types.ts';
export { version } from '../version.ts';
