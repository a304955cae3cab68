import { counted, orDash } from '../../format.ts';
import type { Curves } from './curves.ts';
import { isByTask, type Metric, metrics, rateText, seriesOf, stepsOf } from './lines.ts';
import type { RunRecord } from './runs.ts';

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
  return seriesOf(run, metric).flatMap(({ task = '', isHeldOut, events, read }) => {
    if (only !== undefined && isByTask(metric) && task !== only) return [];
    const first = events.find((event) => read(event) !== undefined);
    const last = events.findLast((event) => read(event) !== undefined);
    if (!first || !last) return [];
    const name = isHeldOut ? `${task}, held out,` : task;
    return [`${name} from ${write(read(first)!)} to ${write(read(last)!)}`.trim()];
  });
}
