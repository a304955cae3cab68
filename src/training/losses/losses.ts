import { expectOneOf } from '../options/checks.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { Loss } from './loss.ts';

/** What examples teach: 'cross-entropy' trains heads on labelled texts. */
export type LossName = 'cross-entropy';

export const losses: Record<LossName, Loss> = {
  'cross-entropy': crossEntropy,
};

/** @throws ArgumentError for a name that no loss has */
export function lossNamed(name: unknown = 'cross-entropy'): Loss {
  expectOneOf('loss', name, Object.keys(losses));
  return losses[name as LossName];
}
