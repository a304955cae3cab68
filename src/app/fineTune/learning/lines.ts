import type { EvaluationEvent, StepEvent } from '../../../worker/client.ts';
import type { RunRecord } from './runs.ts';

/** What the chart can show, in the words of its tabs. */
export const metrics = {
  loss: 'Loss',
  accuracy: 'Accuracy',
  macroF1: 'Macro-F1',
  learningRate: 'Learning rate',
  gradientNorm: 'Gradient norm',
} as const;

export type Metric = keyof typeof metrics;

export interface Point {
  step: number;
  value: number;
}

/** A curve of the chart. */
export interface Line {
  run: number;
  /** undefined where a number is all tasks'. */
  task: string | undefined;
  isHeldOut: boolean;
  points: Point[];
  /** The same before it was smoothed; none where it is as it was. */
  raw: Point[];
}

/** Most points of a line, but for the last: a chart is no wider. */
const mostPoints = 400;
/** A line of more steps than that is smoothed: batches differ. */
const mostRaw = 60;
/** Of a smoothed line's steps, the part that a value is the mean of. */
const smoothedPart = 1 / 30;

/** The curves that a run has of a metric. */
export function linesOf(run: RunRecord, metric: Metric): Line[] {
  const { steps, evaluations, id } = run;
  const heldOut = (by: 'losses' | 'accuracy' | 'macroF1') =>
    tasksOf(run).map((task) =>
      line(
        id,
        task,
        true,
        pointsOf(evaluations, (event) => event[by][task]),
      ),
    );
  const ofSteps = (value: (event: StepEvent) => number | undefined, task?: string) =>
    line(id, task, false, pointsOf(steps, value));
  const found =
    metric === 'loss'
      ? [...tasksOf(run).map((task) => ofSteps(({ losses }) => losses[task], task)), ...heldOut('losses')]
      : metric === 'accuracy' || metric === 'macroF1'
        ? heldOut(metric)
        : [ofSteps((event) => event[metric])];
  return found.filter(({ points }) => points.length > 0).map(metric === 'learningRate' ? thinned : smoothed);
}

/** The tasks that a run has told of, in the run's order. */
export function tasksOf({ tasks, steps, evaluations }: RunRecord): string[] {
  const recent = [...steps.slice(0, 1), ...steps.slice(-1), ...evaluations.slice(-1)];
  const told = new Set(recent.flatMap(({ losses }) => Object.keys(losses)));
  const known = tasks.map(({ name }) => name);
  return [...known.filter((name) => told.has(name)), ...[...told].filter((name) => !known.includes(name))];
}

/** Steps that a run has taken. */
export function stepsOf({ steps }: RunRecord): number {
  return steps.at(-1)?.step ?? 0;
}

function pointsOf<E extends StepEvent | EvaluationEvent>(
  events: readonly E[],
  read: (event: E) => number | undefined,
): Point[] {
  return events.flatMap((event) => {
    const value = read(event);
    return value !== undefined && Number.isFinite(value) ? [{ step: event.step, value }] : [];
  });
}

function line(run: number, task: string | undefined, isHeldOut: boolean, points: Point[]): Line {
  return { run, task, isHeldOut, points, raw: [] };
}

function thinned(given: Line): Line {
  return { ...given, points: thin(given.points) };
}

function smoothed(given: Line): Line {
  if (given.isHeldOut || given.points.length <= mostRaw) return thinned(given);
  return { ...given, points: thin(smooth(given.points)), raw: thin(given.points) };
}

/** Of many points, every n-th and the last. */
function thin(points: Point[]): Point[] {
  const stride = Math.ceil(points.length / mostPoints);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

/** Exponential moving average, corrected where it begins, so that the first value is the first point's. */
function smooth(points: Point[]): Point[] {
  const keep = 1 - 1 / (points.length * smoothedPart);
  let sum = 0;
  let weight = 0;
  return points.map(({ step, value }) => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return { step, value: sum / weight };
  });
}
