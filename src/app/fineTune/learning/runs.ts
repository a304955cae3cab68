import { signal } from '@preact/signals';
import type {
  EvaluationEvent,
  RunHistory,
  StepEvent,
  TrainerOptions,
  TrainingEvent,
} from '../../../worker/client.ts';
import type { LabelledText } from '../examples/data.ts';

/** The settings of a run in words, by title, as the table of runs compares them. */
export type RunSettings = Readonly<Record<string, string>>;

/** A column of labels that a run learns, in the order of its head's classes. */
export interface RunTask {
  name: string;
  labels: readonly string[];
}

export interface RunRecord {
  id: number;
  settings: RunSettings;
  /** The trainer's options, which are enough to repeat the run elsewhere. */
  options: TrainerOptions;
  /** Name of the examples. */
  data: string;
  /** The examples as they were when the run began. */
  examples: readonly LabelledText[];
  tasks: readonly RunTask[];
  /** Steps that the model had learned before the run. */
  before: number;
  planned: number;
  steps: readonly StepEvent[];
  /**
   * Details of held-out texts stay in the first evaluation that has them and in the latest, of the newest run only.
   */
  evaluations: readonly EvaluationEvent[];
  /** Id of its checkpoint in the browser, once there is one. */
  checkpoint?: string;
  outcome: 'running' | 'finished' | 'stopped' | 'failed';
}

export type RunFacts = Omit<RunRecord, 'id' | 'steps' | 'evaluations' | 'outcome'>;

/** All runs since the page was opened or the list was cleared, the oldest first. */
export const runs = signal<readonly RunRecord[]>([]);

let next = 1;

/**
 * Adds a run to the list. One that goes on replaces the run with the same checkpoint, as if that had never ended.
 * @param history what a run that goes on had reported before
 */
export function beginRun(facts: RunFacts, history: RunHistory = []): void {
  const { checkpoint } = facts;
  const before = runs.value.find((run) => checkpoint !== undefined && run.checkpoint === checkpoint);
  const steps = history.filter((event) => event.type === 'step');
  const evaluations = history
    .filter((event): event is EvaluationEvent => event.type === 'evaluation')
    .map((event) => before?.evaluations.find(({ step, heldOut }) => heldOut && step === event.step) ?? event);
  const run: RunRecord = { ...facts, id: before?.id ?? next, steps, evaluations, outcome: 'running' };
  runs.value = [...runs.value.filter((other) => other !== before), run];
  if (!before) next += 1;
}

export function noteCheckpoint(checkpoint: string): void {
  if (runs.value.at(-1)?.checkpoint !== checkpoint) changeLast((run) => ({ ...run, checkpoint }));
}

/** Adds what the last run reports. The lists grow long, so they are shared with the record before. */
export function record(event: TrainingEvent): void {
  if (event.type === 'done') return;
  const isFirst =
    event.type === 'evaluation' && !runs.value.at(-1)?.evaluations.some(({ heldOut }) => heldOut);
  // The texts of older runs are no longer shown.
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

export function clearRuns(): void {
  runs.value = runs.value.slice(-1);
}

function addEvaluation(evaluations: EvaluationEvent[], event: EvaluationEvent): void {
  const last = evaluations.length - 1;
  const first = evaluations.findIndex(({ heldOut }) => heldOut);
  if (last > first && first >= 0) evaluations[last] = withoutTexts(evaluations[last]!);
  evaluations.push(event);
}

function withoutTexts({ heldOut: _, ...rest }: EvaluationEvent): EvaluationEvent {
  return rest;
}

function changeLast(change: (run: RunRecord) => RunRecord): void {
  const last = runs.value.at(-1);
  if (last) runs.value = [...runs.value.slice(0, -1), change(last)];
}
