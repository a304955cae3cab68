import { signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart } from '../../charts/Chart.tsx';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { runColor, taskColor } from '../colors.ts';
import { type Curves, describeCurves, isByTask, type Metric, metrics, tasksOf } from './lines.ts';
import { type RunRecord, shownRuns } from './runs.ts';

const metric = signal<Metric>('loss');

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
  const named = isByTask(metric.value) ? tasks.map((task) => [task, taskColor(task)]) : [];
  const lines = runs.length > 1 ? runs.map(({ id }) => [`run ${id}`, runColor(id)]) : named;
  return (
    <p class="key muted" aria-hidden="true">
      {lines.map(([name, background]) => (
        <span key={name}>
          <span class="swatch" style={{ background }} />
          {name}
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
