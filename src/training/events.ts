/** What a trainer reports. Values by task are there for the tasks that the batch, or the evaluation, has labels for. */
export type TrainingEvent = StepEvent | EvaluationEvent | DoneEvent;

export interface StepEvent {
  type: 'step';
  /** Updates so far, this one counted: from 1. */
  step: number;
  /** From 1. */
  epoch: number;
  /** Sum of the tasks' losses, each times its weight. */
  loss: number;
  /** Mean cross-entropy of each task, without its weight. */
  losses: Record<string, number>;
  /** Over all gradients, before clipping. */
  gradientNorm: number;
  /** The highest of all groups, after the schedule. */
  learningRate: number;
  textsPerSecond: number;
}

export interface EvaluationEvent {
  type: 'evaluation';
  /** Updates so far; 0 before the first. */
  step: number;
  losses: Record<string, number>;
  accuracy: Record<string, number>;
  macroF1: Record<string, number>;
}

export interface DoneEvent {
  type: 'done';
  /** The best evaluation by early stopping's metric, or by loss; null where nothing is held out. */
  best: EvaluationEvent | null;
}
