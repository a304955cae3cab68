import { labelledTexts } from './headTasks.ts';
import type { LossReading } from './loss.ts';
import type { LossName } from './losses.ts';

/** How examples of these losses are read where there are no kernels, such as by a page that shows a checkpoint. */
const readings: Partial<Record<LossName, LossReading>> = { 'cross-entropy': labelledTexts };

/** @returns undefined for a loss that is not among them */
export function readingOf(loss: LossName = 'cross-entropy'): LossReading | undefined {
  return readings[loss];
}
