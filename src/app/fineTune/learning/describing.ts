import type { EvaluationEvent, StepEvent } from '../../../worker/client.ts';
import { counted, orDash } from '../../format.ts';
import type { Curves } from './curves.ts';
import { type Metric, metrics, stepsOf, tasksOf } from './lines.ts';
import { rateText } from './rateText.ts';
import type { RunRecord } from './runs.ts';

/** The curves in a sentence, for those who do not see them. */
export function describeCurves({ runs, metric, task }: Curves): string {
  const parts = runs.flatMap((run) =>
    endsOf(run, metric, task).map((text) => (runs.length > 1 ? `run ${run.id}, ${text}` : text)),
  );
  const most = Math.max(0, ...runs.map(stepsOf));
  return `${metrics[metric]} by step, over ${counted(most, 'step')}: ${parts.join('; ')}.`;
}

/** Where each curve of a run begins and where it ends. What lies between is not looked at: it may be long. */
function endsOf(run: RunRecord, metric: Metric, only: string | undefined): string[] {
  const { steps, evaluations } = run;
  const tasks = tasksOf(run).filter((task) => only === undefined || task === only);
  if (metric === 'learningRate') return ends('', steps, (event) => event.learningRate, rateText);
  if (metric === 'gradientNorm') return ends('', steps, (event) => event.gradientNorm);
  const by = metric === 'loss' ? 'losses' : metric;
  return tasks.flatMap((task) => [
    ...(metric === 'loss' ? ends(task, steps, ({ losses }) => losses[task]) : []),
    ...ends(`${task}, held out,`, evaluations, (event) => event[by][task]),
  ]);
}

function ends<E extends StepEvent | EvaluationEvent>(
  name: string,
  events: readonly E[],
  read: (event: E) => number | undefined,
  write = (value: number) => orDash(value, 2),
): string[] {
  const first = events.find((event) => read(event) !== undefined);
  const last = events.findLast((event) => read(event) !== undefined);
  return first && last ? [`${name} from ${write(read(first)!)} to ${write(read(last)!)}`.trim()] : [];
}
