import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart } from '../../charts/Chart.tsx';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { runColor, swatch } from '../colors.ts';
import type { Curves } from './curves.ts';
import { describeCurves } from './describing.ts';
import { isByTask, type Metric, metrics, tasksOf } from './lines.ts';
import type { RunRecord } from './runs.ts';
import { metric, shownRuns } from './state.ts';

const load = async () => (await import('./curves.ts')).curves;

export function LearningCurves() {
  const runs = shownRuns.value;
  const chosen = useSignal<string | undefined>(undefined);
  const tasks = [...new Set(runs.flatMap(tasksOf))];
  const isTaskChosen = runs.length > 1 && tasks.length > 1 && isByTask(metric.value);
  const task = isTaskChosen ? (tasks.find((name) => name === chosen.value) ?? tasks[0]) : undefined;
  const data = useMemo((): Curves => ({ runs, metric: metric.value, task }), [runs, metric.value, task]);
  return (
    <div class="stack curves">
      <div class="actions">
        <Tabs />
        {isTaskChosen && (
          <Select label="task" value={task} options={tasks} onChoose={(name) => set(chosen, name)} />
        )}
      </div>
      <Legend runs={runs} tasks={tasks} />
      <Chart data={data} load={load} label={describeCurves(data)} class="curves-picture" />
    </div>
  );
}

function Tabs() {
  return (
    <fieldset class="segments">
      <legend class="hidden">Shown on the chart</legend>
      {Object.entries(metrics).map(([name, title]) => (
        <label key={name}>
          <input
            type="radio"
            name="metric"
            checked={metric.value === name}
            onChange={() => set(metric, name as Metric)}
          />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Legend({ runs, tasks }: { runs: readonly RunRecord[]; tasks: readonly string[] }) {
  const isOne = runs.length === 1;
  return (
    <p class="key muted" aria-hidden="true">
      {isOne && isByTask(metric.value)
        ? tasks.map((task) => (
            <span key={task}>
              <span class="swatch" style={swatch(task)} />
              {task}
            </span>
          ))
        : !isOne &&
          runs.map(({ id }) => (
            <span key={id}>
              <span class="swatch" style={{ background: runColor(id) }} />
              run {id}
            </span>
          ))}
      {metric.value === 'loss' && (
        <>
          <span>
            <span class="dash" />
            train
          </span>
          <span>
            <span class="dash held" />
            held out
          </span>
        </>
      )}
      {(metric.value === 'accuracy' || metric.value === 'macroF1') && <span>of the held-out texts</span>}
    </p>
  );
}
