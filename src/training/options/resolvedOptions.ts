import type { Evaluator } from '../evaluation/evaluator.ts';
import { lossEvaluator } from '../evaluation/lossEvaluator.ts';
import type { RunLoss } from '../losses/loss.ts';
import { lossNamed } from '../losses/losses.ts';
import type { HeadLabels } from './examples.ts';
import {
  checkEarlyStopping,
  checkSettings,
  type EarlyStopping,
  type Settings,
  type TrainerOptions,
} from './options.ts';
import { type SplitExamples, splitExamples } from './splitExamples.ts';

/** Options with their defaults filled in, the examples read and split, and the loss made for them. */
export interface ResolvedOptions extends SplitExamples, Settings {
  loss: RunLoss;
  evaluator: Evaluator;
  earlyStopping?: EarlyStopping;
}

/**
 * Checks all that needs no parameters' names, and fills in what is left out.
 * @throws ArgumentError naming the option, what was given and what works
 */
export function checkTrainerOptions(options: TrainerOptions, heads: readonly HeadLabels[]): ResolvedOptions {
  const settings = checkSettings(options);
  const chosen = lossNamed(options.loss);
  const { training, evaluation, ...how } = splitExamples(options, chosen, heads, settings.seed);
  const loss = chosen.forRun({ training, heads, taskWeights: options.taskWeights });
  const { batchSize } = settings;
  const evaluator =
    'ofHidden' in loss
      ? loss.evaluator
      : (loss.evaluator ?? lossEvaluator(loss, batchSize === 'all' ? training.length : batchSize));
  const earlyStopping = checkEarlyStopping(options.earlyStopping, evaluator.metrics, evaluation.length);
  return {
    training: training.filter((example) => loss.trainsOn(example)),
    evaluation,
    ...how,
    loss,
    evaluator,
    ...settings,
    ...(earlyStopping && { earlyStopping }),
  };
}
