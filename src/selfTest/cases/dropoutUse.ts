import { Dropout, type DropoutUse } from '../../ops/dropout.ts';

/** The mask of the stored results: rate, seed and stream as in scripts/fixtures/selfTest.py. */
export function dropoutUse(): DropoutUse {
  return new Dropout(0.25, 0x5eed, 7).next()!;
}
