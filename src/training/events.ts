/**
 * What a trainer reports. Values by task are there for the tasks that the batch, or the evaluation, has labels for.
 */
export type TrainingEvent = StepEvent | EvaluationEvent | DoneEvent;

/** An update was made. */
export interface StepEvent {
  type: 'step';
  /** Updates so far, this one counted: from 1. */
  step: number;
  /** Updates of the whole run. */
  totalSteps: number;
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

/** The examples held out were looked at; values by task. */
export interface EvaluationEvent {
  type: 'evaluation';
  /** Updates so far; 0 before the first. */
  step: number;
  losses: Record<string, number>;
  accuracy: Record<string, number>;
  macroF1: Record<string, number>;
  /**
   * All numbers of the evaluation by name. Of heads: `loss`, the sum of the tasks' losses, and `accuracy` and
   * `macroF1`, the means of the tasks'; and of each task its own, such as `topic.loss`, `topic.accuracy` and
   * `topic.macroF1`.
   */
  metrics: Record<string, number>;
  /** The model's answers for each text, where the evaluation's `details` ask for it. */
  heldOut?: HeldOut;
}

/** The model's answers for the n texts that are evaluated on, in one order. */
export interface HeldOut {
  /** Indices of the texts: in the run's examples where a fraction of them is held out, else in the evaluation's. */
  examples: number[];
  /** The probability of every class, by each task that is trained, whether the text has a label for it or not. */
  probabilities: Record<string, { data: Float32Array<ArrayBuffer>; shape: [n: number, classes: number] }>;
  /** As `encode` gives them if it is asked for nothing else. */
  embeddings: { data: Float32Array<ArrayBuffer>; shape: [n: number, dimension: number] };
}

/** The run is over. */
export interface DoneEvent {
  type: 'done';
  /**
   * The best evaluation by early stopping's metric, or by loss; null where nothing is held out. What the model said
   * of each text was in the evaluation's own event.
   */
  best: Omit<EvaluationEvent, 'heldOut'> | null;
}
