import { signal } from '@preact/signals';
import type { EvaluationEvent, StepEvent, TrainerOptions, TrainingEvent } from '../../../worker/client.ts';
import type { LabelledText } from '../examples/data.ts';

/** What a run was told, as the table of runs compares it: the same keys for every run. */
export type RunSettings = Readonly<Record<string, string>>;

/** A column of labels that a run learns, in the order of its head's classes. */
export interface RunTask {
  name: string;
  labels: readonly string[];
}

/** A run, and all that it has reported. */
export interface RunRecord {
  id: number;
  settings: RunSettings;
  /** What the trainer was given: enough to repeat the run elsewhere. */
  options: TrainerOptions;
  /** Name of the examples. */
  data: string;
  /** The examples as they were: the table may be edited later. */
  examples: readonly LabelledText[];
  tasks: readonly RunTask[];
  /** Steps that the model had learned before. */
  before: number;
  /** Steps that it was going to take. */
  planned: number;
  steps: readonly StepEvent[];
  /** What was said of each held-out text is kept of the first and the latest one, and of the newest run only. */
  evaluations: readonly EvaluationEvent[];
  outcome: 'running' | 'finished' | 'stopped' | 'failed';
}

/** What is known of a run when it begins. */
export type RunFacts = Omit<RunRecord, 'id' | 'steps' | 'evaluations' | 'outcome'>;

/** All runs since the page was opened or they were cleared, the first one first. */
export const runs = signal<readonly RunRecord[]>([]);

let next = 1;

export function beginRun(facts: RunFacts): void {
  runs.value = [...runs.value, { ...facts, id: next, steps: [], evaluations: [], outcome: 'running' }];
  next += 1;
}

/** Adds what the last run reports. The lists are shared with the record before: they may grow long. */
export function record(event: TrainingEvent): void {
  if (event.type === 'done') return;
  const isFirst = event.type === 'evaluation' && runs.value.at(-1)?.evaluations.length === 0;
  // The older runs' texts are shown no more.
  if (isFirst)
    runs.value = runs.value.map((run) => ({ ...run, evaluations: run.evaluations.map(withoutTexts) }));
  changeLast((run) => {
    if (event.type === 'step') (run.steps as StepEvent[]).push(event);
    else addEvaluation(run.evaluations as EvaluationEvent[], event);
    return { ...run };
  });
}

export function endRun(outcome: Exclude<RunRecord['outcome'], 'running'>): void {
  changeLast((run) => (run.outcome === 'running' ? { ...run, outcome } : run));
}

/** Forgets all runs but the newest. */
export function clearRuns(): void {
  runs.value = runs.value.slice(-1);
}

function addEvaluation(evaluations: EvaluationEvent[], event: EvaluationEvent): void {
  const last = evaluations.length - 1;
  if (last > 0) evaluations[last] = withoutTexts(evaluations[last]!);
  evaluations.push(event);
}

function withoutTexts({ heldOut: _, ...rest }: EvaluationEvent): EvaluationEvent {
  return rest;
}

function changeLast(change: (run: RunRecord) => RunRecord): void {
  const last = runs.value.at(-1);
  if (last) runs.value = [...runs.value.slice(0, -1), change(last)];
}
