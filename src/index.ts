/** tabgrad: sentence transformers on WebGPU. */
export * from './errors.ts';
export type { HeadOptions } from './nn/heads.ts';
export { SentenceTransformer } from './sentenceTransformer.ts';
export { similarity } from './similarity.ts';
export type { Dataset, DatasetExample, DatasetFormat, DatasetOptions, DatasetTask } from './text/dataset.ts';
export { readDataset } from './text/dataset.ts';
export type { DoneEvent, EvaluationEvent, StepEvent, TrainingEvent } from './training/events.ts';
export type { Example } from './training/examples.ts';
export type { EarlyStopping, StoppingMetric, TrainerOptions } from './training/options.ts';
export type { TrainingPlan } from './training/plan.ts';
export type { Scenario, ScenarioName, ScenarioOptions } from './training/scenarios.ts';
export { scenario } from './training/scenarios.ts';
export { Trainer } from './training/trainer.ts';
export type * from './types.ts';
