import { orDash, rate } from '../../format.ts';
import { rateText, tasksOf } from './lines.ts';
import type { RunRecord } from './runs.ts';

export function Figures({ run }: { run: RunRecord }) {
  const { steps, evaluations } = run;
  const step = steps.at(-1);
  const first = evaluations[0];
  const last = evaluations.at(-1);
  const told = tasksOf(run).filter((task) => last?.accuracy[task] !== undefined);
  const change = (now: number, before: number) =>
    evaluations.length > 1 ? { was: orDash(before, 2), isBetter: now > before } : {};
  return (
    <dl class="figures">
      <Figure name="loss" value={orDash(step?.loss, 3)} />
      {told.map((task) => {
        const [accuracy, f1] = [last!.accuracy[task]!, last!.macroF1[task]!];
        return (
          <Figure
            key={task}
            name={`${task} accuracy, held out`}
            value={orDash(accuracy, 2)}
            {...change(accuracy, first!.accuracy[task]!)}
          >
            <span class="beside">
              macro-F1 {orDash(f1, 2)}
              {evaluations.length > 1 && `, was ${orDash(first!.macroF1[task], 2)}`}
            </span>
          </Figure>
        );
      })}
      <Figure name="texts / s" value={step ? rate(step.textsPerSecond) : '–'} />
      <Figure name="grad norm" value={orDash(step?.gradientNorm, 2)} />
      <Figure name="learning rate" value={step ? rateText(step.learningRate) : '–'} />
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  was?: string;
  isBetter?: boolean;
  /** Shown smaller, below the value. */
  children?: preact.ComponentChildren;
}

function Figure({ name, value, was, isBetter, children }: FigureProps) {
  return (
    <div>
      <dt class="muted">{name}</dt>
      <dd>
        {value} {was !== undefined && <span class={isBetter ? 'was better' : 'was'}>was {was}</span>}
      </dd>
      {children && <dd>{children}</dd>}
    </div>
  );
}
