import { labelledTexts } from './headTasks.ts';
import type { LossReading } from './loss.ts';
import type { LossName } from './losses.ts';

/** The readers of each loss's examples, for places without kernels, such as a page that shows a checkpoint. */
const readings: Partial<Record<LossName, LossReading>> = { 'cross-entropy': labelledTexts };

/** @returns undefined for a loss that is not among them */
export function readingOf(loss: LossName = 'cross-entropy'): LossReading | undefined {
  return readings[loss];
}
