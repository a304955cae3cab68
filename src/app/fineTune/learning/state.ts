import { computed, signal } from '@preact/signals';
import type { Metric } from './lines.ts';
import { type RunRecord, runs } from './runs.ts';

export const metric = signal<Metric>('loss');

export const hiddenRuns = signal<ReadonlySet<number>>(new Set());

export const latestRun = computed(() => runs.value.at(-1));

/** The runs on the chart. Where all were taken off it is the newest. */
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
