import type { OptimizerKind } from '../../optim/optimizerKind.ts';
import type { LearningRate } from '../../optim/paramGroups.ts';
import type { Pattern } from '../../optim/patterns.ts';
import type { Schedule } from '../../optim/schedule.ts';
import type { HeadOptions } from '../../types.ts';
import { describe } from '../../values/describe.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';

import type { AnyExample, LossName } from '../losses/losses.ts';
import { expectNumber, expectObject, expectOneOf, expectWhole, wrong } from './checks.ts';

import type { Scenario, ScenarioName } from './scenarios.ts';
import type { EvaluationOptions } from './splitExamples.ts';

/** The metric that early stopping looks at: the sum of the losses, or the mean of the tasks' accuracy or macro F1. */
export type StoppingMetric = 'loss' | 'accuracy' | 'macroF1';

/** Ends a run that no longer gets better. */
export interface EarlyStopping {
  metric: StoppingMetric;
  /** Evaluations in a row without a better value, after which training stops. */
  patience: number;
}

/** The examples, the loss, and the settings of a run. */
export interface TrainerOptions {
  /** Texts with labels for any of the heads, by name or index of the label. */
  examples: readonly AnyExample[];
  /** The loss on the examples; 'cross-entropy', of the heads on labelled texts, if left out. */
  loss?: LossName;
  /**
   * Heads that the run needs. A head of the model with the same name, labels and pooling stays; others are made when
   * the run begins.
   */
  heads?: Readonly<Record<string, HeadOptions>>;
  /**
   * Examples to evaluate on, or how much of `examples` is held out for that, and when; nothing is evaluated if left
   * out.
   */
  evaluation?: readonly AnyExample[] | EvaluationOptions;
  /** 'full' if left out. */
  scenario?: ScenarioName | Scenario;
  /** Parameters that are frozen beside those that the scenario freezes. */
  frozen?: readonly Pattern[];
  /** Takes the place of the scenario's. */
  learningRate?: LearningRate;
  /** Factor on each task's loss; 1 for those left out. */
  taskWeights?: Readonly<Record<string, number>>;
  /** The scenario's if left out, or 'adam'. */
  optimizer?: OptimizerKind;
  /** [0.9, 0.999] if left out. */
  betas?: readonly [number, number];
  /** 1e-8 if left out. */
  eps?: number;
  /** As PyTorch if left out: 0 for Adam, 0.01 for AdamW. */
  weightDecay?: number;
  /** Parameters without weight decay. */
  noDecay?: readonly Pattern[];
  /** The most that the norm over all gradients may be; no clipping if left out. */
  clipNorm?: number;
  /** Constant without warm-up if left out. */
  schedule?: Schedule;
  /** Batches whose gradients make one update; 1 if left out. */
  accumulate?: number;
  /** 3 if left out. */
  epochs?: number;
  /** Examples of a batch, 16 if left out; 'all' or more than there are makes one batch. */
  batchSize?: number | 'all';
  /** Part of the activations that is dropped, as BERT does; 0 if left out. */
  dropout?: number;
  /** Decides the order of examples, the split and dropout: a whole number from 0 to 2³² − 1; 42 if left out. */
  seed?: number;
  earlyStopping?: EarlyStopping;
}

/** The options that are numbers, with their defaults. */
export interface Settings
  extends Required<
    Pick<TrainerOptions, 'betas' | 'eps' | 'accumulate' | 'epochs' | 'batchSize' | 'dropout' | 'seed'>
  > {
  schedule: Required<Schedule>;
  weightDecay?: number;
  clipNorm?: number;
}

/**
 * Checks the options that depend neither on the examples nor on the model, and fills in what is left out.
 * @throws ArgumentError naming the option, what was given and what works
 */
export function checkSettings(options: TrainerOptions): Settings {
  expectObject('options', options, 'Pass an object with examples.');
  const { eps = 1e-8, epochs = 3, batchSize = 16, accumulate = 1, dropout = 0, seed = 42 } = options;
  const { learningRate, weightDecay, clipNorm } = options;
  expectWhole('epochs', epochs, 1);
  expectWhole('accumulate', accumulate, 1);
  expectWhole('seed', seed, 0, 2 ** 32 - 1);
  if (batchSize !== 'all') expectWhole('batchSize', batchSize, 1, Number.MAX_SAFE_INTEGER, "'all'");
  expectNumber('dropout', dropout, { least: 0, below: 1 });
  expectNumber('eps', eps, { above: 0 });
  if (typeof learningRate === 'number') expectNumber('learningRate', learningRate, { least: 0 });
  if (weightDecay !== undefined) expectNumber('weightDecay', weightDecay, { least: 0 });
  if (clipNorm !== undefined) expectNumber('clipNorm', clipNorm, { above: 0 });
  if (options.optimizer !== undefined) expectOneOf('optimizer', options.optimizer, ['adam', 'adamw']);
  return {
    betas: checkBetas(options.betas),
    schedule: checkSchedule(options.schedule),
    ...{ eps, epochs, batchSize, accumulate, dropout, seed },
    ...(weightDecay !== undefined && { weightDecay }),
    ...(clipNorm !== undefined && { clipNorm }),
  };
}

function checkBetas(betas: TrainerOptions['betas'] = [0.9, 0.999]): readonly [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw wrong('betas', `is ${describe(betas)}. Pass two numbers, such as [0.9, 0.999].`);
  }
  for (const [i, beta] of betas.entries()) expectNumber(`betas[${i}]`, beta, { least: 0, below: 1 });
  return betas as readonly [number, number];
}

function checkSchedule(schedule: Schedule = { kind: 'constant' }): Required<Schedule> {
  expectObject('schedule', schedule, "Pass { kind: 'linear', warmupSteps: 10 }, for one.");
  const { kind, warmupSteps = 0 } = schedule;
  expectOneOf('schedule.kind', kind, ['constant', 'linear', 'cosine']);
  expectWhole('schedule.warmupSteps', warmupSteps, 0);
  return { kind, warmupSteps };
}

/** @param metrics those that the evaluator reports @param evaluated examples held out @throws ArgumentError */
export function checkEarlyStopping(
  given: EarlyStopping | undefined,
  metrics: Evaluator['metrics'],
  evaluated: number,
): EarlyStopping | undefined {
  if (given === undefined) return undefined;
  expectObject('earlyStopping', given, "Pass { metric: 'loss', patience: 2 }, for one.");
  expectOneOf('earlyStopping.metric', given.metric, Object.keys(metrics));
  expectWhole('earlyStopping.patience', given.patience, 1);
  if (evaluated > 0) return given;
  throw wrong(
    'earlyStopping',
    'needs an evaluation to look at. Give evaluation: { fraction: 0.2 }, for one.',
  );
}
