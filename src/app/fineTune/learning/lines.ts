import type { EvaluationEvent, StepEvent } from '../../../worker/client.ts';
import { counted, orDash, scientific } from '../../format.ts';
import type { RunRecord } from './runs.ts';

export const metrics = {
  loss: 'Loss',
  accuracy: 'Accuracy',
  macroF1: 'Macro-F1',
  learningRate: 'Learning rate',
  gradientNorm: 'Gradient norm',
} as const;

export type Metric = keyof typeof metrics;

/** The curves that a chart shows: all tasks of one run, or one task of several runs. */
export interface Curves {
  runs: readonly RunRecord[];
  metric: Metric;
  /** All tasks if left out. */
  task?: string;
}

export interface Point {
  step: number;
  value: number;
}

/** The task of a curve, and whether the curve is of held-out texts. */
interface Subject {
  /** undefined for a number of all tasks together. */
  task: string | undefined;
  isHeldOut: boolean;
}

export interface Line extends Subject {
  run: number;
  points: Point[];
  /** The points before smoothing; empty where the line is not smoothed. */
  raw: Point[];
}

/** The most points of a line, the last one left out, as a chart is hardly wider. */
const mostPoints = 400;
/** A line of more steps is smoothed, as the losses of batches differ. */
const mostRaw = 60;
/** The part of a smoothed line's steps that goes into one value. */
const smoothedPart = 1 / 30;

/** Whether a metric is one of each task, not of all tasks together. */
export function isByTask(metric: Metric): boolean {
  return metric !== 'learningRate' && metric !== 'gradientNorm';
}

/** Numbers of a run that make one curve. */
interface Series extends Subject {
  events: readonly (StepEvent | EvaluationEvent)[];
  read: (event: StepEvent | EvaluationEvent) => number | undefined;
}

/**
 * The series that a run has of a metric, task by task. Only losses have one of training and one of held-out texts.
 * @param only the one task, if not all of them
 */
function seriesOf(run: RunRecord, metric: Metric, only: string | undefined): Series[] {
  const wanted = tasksOf(run).filter((task) => only === undefined || task === only);
  const tasks = isByTask(metric) ? wanted : [undefined];
  const sides = metric === 'loss' ? [false, true] : [isByTask(metric)];
  return tasks.flatMap((task) =>
    sides.map((isHeldOut) => ({
      task,
      isHeldOut,
      events: isHeldOut ? run.evaluations : run.steps,
      read: (event) => numberOf(event, metric, task ?? ''),
    })),
  );
}

function numberOf(event: StepEvent | EvaluationEvent, metric: Metric, task: string): number | undefined {
  if (metric === 'loss') return event.losses[task];
  if (metric === 'accuracy' || metric === 'macroF1') {
    return event.type === 'evaluation' ? event[metric][task] : undefined;
  }
  return event.type === 'step' ? event[metric] : undefined;
}

/** The curves that a run has of a metric. Those of training come first, so that the held-out ones lie over them. */
export function linesOf(run: RunRecord, metric: Metric, only?: string): Line[] {
  return seriesOf(run, metric, only)
    .sort((a, b) => Number(a.isHeldOut) - Number(b.isHeldOut))
    .map(({ task, isHeldOut, events, read }) => {
      const points = events.flatMap((event) => {
        const value = read(event);
        return value !== undefined && Number.isFinite(value) ? [{ step: event.step, value }] : [];
      });
      const isSmoothed = !isHeldOut && metric !== 'learningRate' && points.length > mostRaw;
      return {
        run: run.id,
        task,
        isHeldOut,
        points: thin(isSmoothed ? smooth(points) : points),
        raw: isSmoothed ? thin(points) : [],
      };
    })
    .filter(({ points }) => points.length > 0);
}

/** The tasks that a run has reported, in the run's order. */
export function tasksOf({ tasks, steps, evaluations }: RunRecord): string[] {
  const recent = [...steps.slice(0, 1), ...steps.slice(-1), ...evaluations.slice(-1)];
  const told = new Set(recent.flatMap(({ losses }) => Object.keys(losses)));
  const known = tasks.map(({ name }) => name);
  return [...known.filter((name) => told.has(name)), ...[...told].filter((name) => !known.includes(name))];
}

export function stepsOf({ steps }: RunRecord): number {
  return steps.at(-1)?.step ?? 0;
}

function thin(points: Point[]): Point[] {
  const stride = Math.ceil(points.length / mostPoints);
  return points.filter((_, i) => i % stride === 0 || i === points.length - 1);
}

/** Exponential moving average with bias correction, so that it begins with the first point's value. */
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

/** A learning rate with two digits: 1e−3, 2.5e−5, 0 */
export function rateText(rate: number): string {
  return rate === 0 ? '0' : scientific(Number(rate.toPrecision(2)));
}

/** Describes the curves in a sentence, for those who do not see them. */
export function describeCurves({ runs, metric, task }: Curves): string {
  const parts = runs.flatMap((run) =>
    endsOf(run, metric, task).map((text) => (runs.length > 1 ? `run ${run.id}, ${text}` : text)),
  );
  const most = Math.max(0, ...runs.map(stepsOf));
  return `${metrics[metric]} by step, over ${counted(most, 'step')}: ${parts.join('; ')}.`;
}

/** Says where each curve of a run begins and ends. What lies between may be long, and is not looked at. */
function endsOf(run: RunRecord, metric: Metric, only: string | undefined): string[] {
  const write = (value: number) => (metric === 'learningRate' ? rateText(value) : orDash(value, 2));
  return seriesOf(run, metric, only).flatMap(({ task = '', isHeldOut, events, read }) => {
    const first = events.find((event) => read(event) !== undefined);
    const last = events.findLast((event) => read(event) !== undefined);
    if (!first || !last) return [];
    const name = isHeldOut ? `${task}, held out,` : task;
    return [`${name} from ${write(read(first)!)} to ${write(read(last)!)}`.trim()];
  });
}
