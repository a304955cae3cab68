import { computed, signal } from '@preact/signals';
import type {
  DatasetExample,
  EvaluationEvent,
  RunHistory,
  StepEvent,
  TrainerOptions,
  TrainingEvent,
} from '../../../worker/client.ts';
import type { Column } from '../examples/data.ts';

export interface RunRecord {
  id: number;
  /** The settings in words, by title, as the table of runs compares them. */
  settings: Readonly<Record<string, string>>;
  /** The trainer's options, which are enough to repeat the run elsewhere. */
  options: TrainerOptions;
  /** Name of the examples. */
  data: string;
  /** The examples as they were when the run began. */
  examples: readonly DatasetExample[];
  /** The tasks that the run learns. Labels are in the order of the head's classes. */
  tasks: readonly Column[];
  /** Steps that the model had learned before the run. */
  before: number;
  planned: number;
  steps: readonly StepEvent[];
  /** Details of held-out texts stay in the first evaluation that has them and in the latest, of the newest run only. */
  evaluations: readonly EvaluationEvent[];
  /** Id of its checkpoint in the browser, once there is one. */
  checkpoint?: string;
  outcome: 'running' | 'finished' | 'stopped' | 'failed';
  /** Whether the reader took it off the chart. */
  isHidden: boolean;
}

export type RunFacts = Omit<RunRecord, 'id' | 'steps' | 'evaluations' | 'outcome' | 'isHidden'>;

/** All runs since the page was opened or the list was cleared, the oldest first. */
export const runs = signal<readonly RunRecord[]>([]);

/** The runs on the chart. Where all were taken off it is the newest. */
export const shownRuns = computed<readonly RunRecord[]>(() => {
  const shown = runs.value.filter(({ isHidden }) => !isHidden);
  return shown.length > 0 ? shown : runs.value.slice(-1);
});

export function showRun(id: number, isShown: boolean): void {
  runs.value = runs.value.map((run) => (run.id === id ? { ...run, isHidden: !isShown } : run));
}

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
  const { id, isHidden } = before ?? { id: next, isHidden: false };
  const run: RunRecord = { ...facts, id, isHidden, steps, evaluations, outcome: 'running' };
  runs.value = [...runs.value.filter((other) => other !== before), run];
  if (!before) next += 1;
}

export function noteCheckpoint(checkpoint: string): void {
  if (runs.value.at(-1)?.checkpoint !== checkpoint) changeLast((run) => ({ ...run, checkpoint }));
}

/** Adds what the last run reports. The list of steps grows long, so it is shared with the record before. */
export function record(event: TrainingEvent): void {
  if (event.type === 'step') {
    changeLast((run) => {
      (run.steps as StepEvent[]).push(event);
      return { ...run };
    });
  }
  if (event.type !== 'evaluation') return;
  const last = runs.value.at(-1);
  runs.value = runs.value.map((run) => {
    const first = run === last ? run.evaluations.find(({ heldOut }) => heldOut) : undefined;
    const before = run.evaluations.map((each) => (each === first ? each : withoutTexts(each)));
    return { ...run, evaluations: run === last ? [...before, event] : before };
  });
}

export function endRun(outcome: Exclude<RunRecord['outcome'], 'running'>): void {
  changeLast((run) => (run.outcome === 'running' ? { ...run, outcome } : run));
}

export function clearRuns(): void {
  runs.value = runs.value.slice(-1);
}

function withoutTexts({ heldOut: _, ...rest }: EvaluationEvent): EvaluationEvent {
  return rest;
}

function changeLast(change: (run: RunRecord) => RunRecord): void {
  const last = runs.value.at(-1);
  if (last) runs.value = [...runs.value.slice(0, -1), change(last)];
}

/** Titles of the settings that differ between runs. 'examples' stands for the data that they learned from. */
export function differing(runs: readonly RunRecord[]): string[] {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const found = names.filter((name) => new Set(runs.map(({ settings }) => settings[name])).size > 1);
  return new Set(runs.map(({ data }) => data)).size > 1 ? ['examples', ...found] : found;
}

/** The last and the best accuracy by task, and the sum of the held-out losses; undefined where nothing is held out. */
export function summaryOf({ evaluations }: RunRecord) {
  const last = evaluations.at(-1);
  const accuracy = Object.keys(last?.accuracy ?? {}).map((task) => {
    const values = evaluations.map(({ accuracy }) => accuracy[task] ?? 0);
    return [task, { last: values.at(-1)!, best: values.reduce((a, b) => Math.max(a, b)) }] as const;
  });
  const loss = last && Object.values(last.losses).reduce((sum, loss) => sum + loss, 0);
  return { accuracy: new Map(accuracy), loss };
}
