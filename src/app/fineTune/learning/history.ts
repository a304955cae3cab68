import type { EvaluationEvent, StepEvent, TrainingEvent } from '../../../worker/client.ts';

/** What runs have reported since the model was loaded or the data changed; steps count on from one run to the next. */
export interface History {
  steps: StepEvent[];
  evaluations: EvaluationEvent[];
  /** Steps before the run that is on. */
  before: number;
  /** Last step of the run that is on, or was. */
  planned: number;
}

export function newHistory(): History {
  return { steps: [], evaluations: [], before: 0, planned: 0 };
}

/** Steps taken so far. */
export function stepsOf({ steps }: History): number {
  return steps.at(-1)?.step ?? 0;
}

/** A run of so many steps begins. */
export function startRun(history: History, total: number): History {
  const before = stepsOf(history);
  return { ...history, before, planned: before + total };
}

/** The history with an event more. The lists are shared with the old one: they may grow long. */
export function add(history: History, event: TrainingEvent): History {
  if (event.type === 'done') return history;
  const step = event.step + history.before;
  if (event.type === 'step') history.steps.push({ ...event, step });
  else history.evaluations.push({ ...event, step });
  return { ...history };
}

/** The tasks that losses are there for. */
export function tasksOf({ steps, evaluations }: History): string[] {
  const recent = [...steps.slice(0, 1), ...steps.slice(-1), ...evaluations.slice(-1)];
  return [...new Set(recent.flatMap(({ losses }) => Object.keys(losses)))];
}

export interface Point {
  step: number;
  task: string;
  loss: number;
}

/** Most points of a line: a chart is no wider. */
const mostPoints = 400;

/** The losses by task, of the steps or the evaluations; of many, every n-th and the last. */
export function pointsOf(events: readonly (StepEvent | EvaluationEvent)[]): Point[] {
  const stride = Math.ceil(events.length / mostPoints);
  return events
    .filter((_, i) => i % stride === 0 || i === events.length - 1)
    .flatMap(({ step, losses }) =>
      Object.entries(losses)
        .filter(([, loss]) => Number.isFinite(loss))
        .map(([task, loss]) => ({ step, task, loss })),
    );
}
