import { describe } from '../../values/describe.ts';
import { stratifiedSplit } from '../batches/split.ts';
import type { LossReading } from '../losses/loss.ts';
import type { AnyExample } from '../losses/losses.ts';
import { expectWhole, wrong } from './checks.ts';
import type { HeadLabels, ResolvedExample } from './examples.ts';

/** The examples that a run is evaluated on, when it is, and whether results are told text by text. */
export interface EvaluationOptions {
  /** The part of the run's examples that is held out: the same part of each class, chosen by the seed. */
  fraction?: number;
  /** Examples that are not among the run's. */
  examples?: readonly AnyExample[];
  /** Updates between evaluations, besides those before the first and at the end of each epoch; none if left out. */
  everySteps?: number;
  /** Whether each evaluation tells the probabilities and the embedding of each text; not if left out. */
  details?: boolean;
}

/** The examples to train on and those to evaluate on. */
export interface SplitExamples {
  training: ResolvedExample[];
  /** Empty where nothing is evaluated. */
  evaluation: ResolvedExample[];
  everySteps?: number;
  details: boolean;
}

/** @throws ArgumentError naming the option, what was given and what works */
export function splitExamples(
  {
    examples,
    evaluation,
  }: { examples: readonly AnyExample[]; evaluation?: readonly AnyExample[] | EvaluationOptions },
  loss: LossReading,
  heads: readonly HeadLabels[],
  seed: number,
): SplitExamples {
  const all = loss.resolve('examples', examples, heads);
  if (evaluation === undefined) return { training: all, evaluation: [], details: false };
  const { fraction, examples: apart, everySteps, details = false } = evaluationOptions(evaluation);
  if (everySteps !== undefined) expectWhole('evaluation.everySteps', everySteps, 1);
  if (typeof details !== 'boolean') {
    throw wrong('evaluation.details', `is ${describe(details)}. Use true or false.`);
  }
  const how = { details, ...(everySteps !== undefined && { everySteps }) };
  if (apart === undefined) return { ...holdOut(all, loss, fraction, seed, evaluation), ...how };
  if (fraction !== undefined) {
    throw wrong('evaluation', 'has both a fraction and examples. Give one of the two.');
  }
  return { training: all, evaluation: loss.resolve('evaluation', apart, heads), ...how };
}

/** The option in its long form; what is neither a list nor an object asks for nothing. */
export function evaluationOptions(given: unknown): EvaluationOptions {
  if (Array.isArray(given)) return { examples: given };
  return typeof given === 'object' && given !== null ? given : {};
}

function holdOut(
  all: readonly ResolvedExample[],
  loss: LossReading,
  fraction: unknown,
  seed: number,
  given: unknown,
): Pick<SplitExamples, 'training' | 'evaluation'> {
  if (!(typeof fraction === 'number' && fraction > 0 && fraction < 1)) {
    const what = `${describe(given)} with the fraction ${describe(fraction)}`;
    throw wrong('evaluation', `is ${what}. Pass examples, or { fraction: 0.2 }.`);
  }
  const labelled = all.map(({ targets }) => ({ labels: loss.targets === 'classes' ? targets : {} }));
  const split = stratifiedSplit(labelled, { fraction, seed });
  if (split.evaluation.length === 0) {
    throw wrong(
      'evaluation',
      `holds out nothing: ${fraction} of ${all.length} examples, of which each class keeps one for training. ` +
        'Give more examples, or leave evaluation out.',
    );
  }
  return {
    training: split.training.map((i) => all[i]!),
    evaluation: split.evaluation.map((i) => all[i]!),
  };
}
