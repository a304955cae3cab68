import { Chart } from '../../charts/Chart.tsx';
import { orDash } from '../../format.ts';
import { swatch } from '../swatch.ts';
import { stepsOf, tasksOf } from './history.ts';
import { history } from './state.ts';

export function LossChart() {
  return (
    <>
      <Chart
        data={history.value}
        load={async () => (await import('./lossChart.ts')).lossChart}
        label={describeCurves()}
        class="curves"
      />
      <Legend />
    </>
  );
}

function Legend() {
  return (
    <p class="legend muted" aria-hidden="true">
      {tasksOf(history.value).map((task) => (
        <span key={task}>
          <span class="swatch" style={swatch(task)} />
          {task}
        </span>
      ))}
      <span>— train</span>
      <span>- - held out</span>
    </p>
  );
}

/** The curves in a sentence, for those who do not see them. */
function describeCurves(): string {
  const { steps } = history.value;
  const last = steps.at(-1);
  if (!last) return 'Losses by step: no step yet.';
  const parts = Object.keys(last.losses).map((task) => {
    const before = steps.find(({ losses }) => task in losses)?.losses[task];
    return `${task} from ${orDash(before, 3)} to ${orDash(last.losses[task], 3)}`;
  });
  return `Losses by step, over ${stepsOf(history.value)} steps: ${parts.join(', ')}.`;
}
