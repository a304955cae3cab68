import { computed, signal } from '@preact/signals';
import type { Metric } from './lines.ts';
import { type RunRecord, runs } from './runs.ts';

/** What the reader chose to see of the runs. */

export const metric = signal<Metric>('loss');

/** Runs that were taken off the chart, by id. A new one is on it. */
export const hiddenRuns = signal<ReadonlySet<number>>(new Set());

export const latestRun = computed(() => runs.value.at(-1));

/** The runs on the chart: the newest where all are taken off. */
export const shownRuns = computed<readonly RunRecord[]>(() => {
  const shown = runs.value.filter(({ id }) => !hiddenRuns.value.has(id));
  return shown.length > 0 ? shown : runs.value.slice(-1);
});

export function showRun(id: number, isShown: boolean): void {
  const hidden = new Set(hiddenRuns.value);
  if (isShown) hidden.delete(id);
  else hidden.add(id);
  hiddenRuns.value = hidden;
}
