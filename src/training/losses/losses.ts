import { expectOneOf } from '../options/checks.ts';
import type { Example } from '../options/examples.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { Loss } from './loss.ts';

/** The examples that each loss reads. 'cross-entropy' trains heads on labelled texts. */
export interface LossExamples {
  'cross-entropy': Example;
}

/** The name of a loss. */
export type LossName = keyof LossExamples;

/** An example of any loss. */
export type AnyExample = LossExamples[LossName];

export const losses: Record<LossName, Loss> = {
  'cross-entropy': crossEntropy,
};

/** @throws ArgumentError for a name that no loss has */
export function lossNamed(name: unknown = 'cross-entropy'): Loss {
  expectOneOf('loss', name, Object.keys(losses));
  return losses[name as LossName];
}
