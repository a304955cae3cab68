import { describe } from '../../values/describe.ts';
import { stratifiedSplit } from '../batches/split.ts';
import { expectWhole, wrong } from './checks.ts';
import { type Example, type HeadLabels, type ResolvedExample, resolveExamples } from './examples.ts';

/** What is evaluated on, when, and what is told of it: a fraction or examples. */
export interface EvaluationOptions {
  /** How much of the run's examples is held out: stratified, seeded. */
  fraction?: number;
  /** Examples that are not among the run's. */
  examples?: readonly Example[];
  /** Updates between evaluations, besides those before the first and at the end of each epoch; none if left out. */
  everySteps?: number;
  /** Whether each evaluation tells the probabilities and the embedding of each text; not if left out. */
  details?: boolean;
}

/** The examples in their two parts. */
export interface Parts {
  training: ResolvedExample[];
  /** Empty where nothing is evaluated. */
  evaluation: ResolvedExample[];
  everySteps?: number;
  details: boolean;
}

interface Given {
  examples: readonly Example[];
  evaluation?: readonly Example[] | EvaluationOptions;
}

/** @throws ArgumentError naming the option, what was given and what works */
export function resolveParts(
  { examples, evaluation }: Given,
  heads: readonly HeadLabels[],
  seed: number,
): Parts {
  const all = resolveExamples('examples', examples, heads);
  expectClasses(all, heads);
  if (evaluation === undefined) return { training: all, evaluation: [], details: false };
  const { fraction, examples: apart, everySteps, details = false } = asOptions(evaluation);
  if (everySteps !== undefined) expectWhole('evaluation.everySteps', everySteps, 1);
  if (typeof details !== 'boolean') {
    throw wrong('evaluation.details', `is ${describe(details)}. Use true or false.`);
  }
  const how = { details, ...(everySteps !== undefined && { everySteps }) };
  if (apart !== undefined) {
    if (fraction !== undefined) {
      throw wrong('evaluation', 'has both a fraction and examples. Give one of the two.');
    }
    return { training: all, evaluation: resolveExamples('evaluation', apart, heads), ...how };
  }
  return { ...holdOut(all, fraction, seed, evaluation), ...how };
}

function asOptions(evaluation: unknown): EvaluationOptions {
  if (Array.isArray(evaluation)) return { examples: evaluation };
  return typeof evaluation === 'object' && evaluation !== null ? evaluation : {};
}

function holdOut(
  all: readonly ResolvedExample[],
  fraction: unknown,
  seed: number,
  given: unknown,
): Pick<Parts, 'training' | 'evaluation'> {
  if (!(typeof fraction === 'number' && fraction > 0 && fraction < 1)) {
    throw wrong(
      'evaluation',
      `is ${describe(given)} with the fraction ${describe(fraction)}. Pass examples, or { fraction: 0.2 }.`,
    );
  }
  const split = stratifiedSplit(all, { fraction, seed });
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

/** A head that sees one class only learns to say it always. */
function expectClasses(examples: readonly ResolvedExample[], heads: readonly HeadLabels[]): void {
  for (const { name, labels } of heads) {
    const seen = new Set(examples.flatMap((example) => example.labels[name] ?? []));
    if (seen.size !== 1) continue;
    const [only] = seen;
    throw wrong(
      'examples',
      `have one class only for "${name}": ${describe(labels[only!])}. ` +
        'A task needs examples of at least two; leave its labels out to train the others.',
      { task: name },
    );
  }
}
