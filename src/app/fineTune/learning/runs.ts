import { signal } from '@preact/signals';
import type { EvaluationEvent, StepEvent, TrainingEvent } from '../../../worker/client.ts';

/** What a run was told, as the table of runs compares it: the same keys for every run. */
export type RunSettings = Readonly<Record<string, string>>;

/** A run, and all that it has reported. */
export interface RunRecord {
  id: number;
  settings: RunSettings;
  /** Name of the examples. */
  data: string;
  /** Steps that the model had learned before. */
  before: number;
  /** Steps that it was going to take. */
  planned: number;
  steps: readonly StepEvent[];
  evaluations: readonly EvaluationEvent[];
  outcome: 'running' | 'finished' | 'stopped' | 'failed';
}

/** All runs since the page was opened, the first one first. */
export const runs = signal<readonly RunRecord[]>([]);

let next = 1;

export function beginRun(facts: Pick<RunRecord, 'settings' | 'data' | 'before' | 'planned'>): void {
  runs.value = [...runs.value, { ...facts, id: next, steps: [], evaluations: [], outcome: 'running' }];
  next += 1;
}

/** Adds what the last run reports. The lists are shared with the record before: they may grow long. */
export function record(event: TrainingEvent): void {
  if (event.type === 'done') return;
  changeLast((run) => {
    if (event.type === 'step') (run.steps as StepEvent[]).push(event);
    else (run.evaluations as EvaluationEvent[]).push(event);
    return { ...run };
  });
}

export function endRun(outcome: Exclude<RunRecord['outcome'], 'running'>): void {
  changeLast((run) => (run.outcome === 'running' ? { ...run, outcome } : run));
}

function changeLast(change: (run: RunRecord) => RunRecord): void {
  const last = runs.value.at(-1);
  if (last) runs.value = [...runs.value.slice(0, -1), change(last)];
}
