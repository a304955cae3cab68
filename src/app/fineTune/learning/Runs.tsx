import { count, orDash } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import { runColor } from '../colors.ts';
import { stepsOf, tasksOf } from './lines.ts';
import { clearRuns, differing, type RunRecord, runs, shownRuns, showRun, summaryOf } from './runs.ts';

export function Runs() {
  const all = runs.value;
  return (
    <section class="card" aria-labelledby="runs-title">
      <div class="actions between">
        <h2 id="runs-title">Runs</h2>
        {all.length > 1 && (
          <Button
            label="Clear"
            disabled={all.at(-1)!.outcome === 'running'}
            title="Keeps the newest run"
            onClick={clearRuns}
          />
        )}
      </div>
      {all.length === 0 ? (
        <p class="muted">Each run gets a line here, so that you can compare two scenarios on one chart.</p>
      ) : (
        <Table all={all} />
      )}
    </section>
  );
}

function Table({ all }: { all: readonly RunRecord[] }) {
  const settings = differing(all);
  const tasks = [...new Set(all.flatMap(tasksOf))];
  const titles = ['run', 'steps', ...tasks.map((task) => `${task} accuracy`), 'held-out loss', ...settings];
  return (
    <div class="sideways">
      <table class="runs">
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col" class={settings.includes(title) ? 'setting' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((run) => (
            <Row key={run.id} run={run} tasks={tasks} settings={settings} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ run, tasks, settings }: { run: RunRecord; tasks: string[]; settings: string[] }) {
  const shown = shownRuns.value;
  const isShown = shown.some(({ id }) => id === run.id);
  const { accuracy, loss } = summaryOf(run);
  return (
    <tr>
      <th scope="row">
        <label class="run-name">
          <input
            type="checkbox"
            checked={isShown}
            disabled={isShown && shown.length === 1}
            onChange={({ currentTarget }) => showRun(run.id, currentTarget.checked)}
          />
          {shown.length > 1 && isShown && <span class="swatch" style={{ background: runColor(run.id) }} />}
          <span>
            {run.id} <span class="hidden">on the chart</span>
            <span class="beside">
              {run.outcome}
              {run.before > 0 && `, from step ${count(run.before)}`}
            </span>
          </span>
        </label>
      </th>
      <td>{count(stepsOf(run))}</td>
      {tasks.map((task) => {
        const found = accuracy.get(task);
        return (
          <td key={task}>
            {orDash(found?.last, 2)}
            {found && found.best > found.last && <span class="beside">best {orDash(found.best, 2)}</span>}
          </td>
        );
      })}
      <td>{orDash(loss, 3)}</td>
      {settings.map((name) => (
        <td key={name} class="setting">
          {name === 'examples' ? run.data : (run.settings[name] ?? '–')}
        </td>
      ))}
    </tr>
  );
}
