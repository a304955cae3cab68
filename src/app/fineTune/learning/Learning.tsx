import { orDash, rate } from '../../format.ts';
import { tasksOf } from './history.ts';
import { LossChart } from './LossChart.tsx';
import { history } from './state.ts';

export function Learning() {
  const { steps, evaluations } = history.value;
  return (
    <section class="card" aria-labelledby="learning-title">
      <h2 id="learning-title">Learning</h2>
      {steps.length + evaluations.length === 0 ? (
        <p class="muted">Losses and held-out accuracy appear here as the model learns.</p>
      ) : (
        <>
          <Figures />
          <LossChart />
        </>
      )}
    </section>
  );
}

interface FigureProps {
  name: string;
  value: string;
  /** Before training. */
  was?: string;
  isBetter?: boolean;
}

function Figures() {
  const { steps, evaluations } = history.value;
  const step = steps.at(-1);
  const first = evaluations[0];
  const last = evaluations.at(-1);
  const hasMoved = evaluations.length > 1;
  const tasks = tasksOf(history.value);
  return (
    <dl class="figures">
      {step && <Figure name="loss" value={orDash(step.loss, 3)} />}
      {last &&
        first &&
        tasks.map((task) => (
          <Figure
            key={task}
            name={`${task} accuracy, held out`}
            value={orDash(last.accuracy[task], 2)}
            was={hasMoved ? orDash(first.accuracy[task], 2) : undefined}
            isBetter={last.accuracy[task]! > first.accuracy[task]!}
          />
        ))}
      {last &&
        first &&
        tasks.map((task) => (
          <Figure
            key={task}
            name={`${task} loss, held out`}
            value={orDash(last.losses[task], 3)}
            was={hasMoved ? orDash(first.losses[task], 3) : undefined}
            isBetter={last.losses[task]! < first.losses[task]!}
          />
        ))}
      {step &&
        Object.entries(step.losses).map(([task, loss]) => (
          <Figure key={task} name={`${task} loss, train`} value={orDash(loss, 3)} />
        ))}
      {step && <Figure name="texts / s" value={rate(step.textsPerSecond)} />}
      {step && <Figure name="grad norm" value={orDash(step.gradientNorm, 2)} />}
    </dl>
  );
}

function Figure({ name, value, was, isBetter }: FigureProps) {
  return (
    <div>
      <dt class="muted">{name}</dt>
      <dd>
        {value} {was !== undefined && <span class={isBetter ? 'was better' : 'was'}>was {was}</span>}
      </dd>
    </div>
  );
}
