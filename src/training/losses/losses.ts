import { expectOneOf } from '../options/checks.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { Loss } from './loss.ts';

/** All losses, by the name that `loss` of the trainer's options gives them. */
export const losses = {
  'cross-entropy': crossEntropy,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** @throws ArgumentError for a name that none has */
export function lossNamed(name: unknown = 'cross-entropy'): Loss {
  expectOneOf('loss', name, Object.keys(losses));
  return losses[name as LossName];
}
