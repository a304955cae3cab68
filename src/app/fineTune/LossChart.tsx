import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { orDash } from '../format.ts';
import { theme } from '../theme.ts';
import { stepsOf, tasksOf } from './history.ts';
import { history } from './state.ts';
import { swatch } from './swatch.ts';

/** The chart's code is large: it comes in a file of its own. */
const chart = () => import('./lossChart.ts');

/** Milliseconds between two drawings while steps come fast. */
const pace = 200;

export function LossChart() {
  const place = useRef<HTMLDivElement>(null);
  const hasFailed = useSignal(false);

  useEffect(() => {
    const element = place.current!;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let drawn: unknown[] = [];
    const draw = async () => {
      timer = undefined;
      const now = [history.value, theme.value, element.clientWidth];
      if (element.clientWidth === 0 || now.every((value, i) => value === drawn[i])) return;
      drawn = now;
      try {
        const { lossChart } = await chart();
        element.replaceChildren(lossChart(history.peek(), element));
      } catch {
        hasFailed.value = true;
      }
    };
    const soon = () => {
      timer ??= setTimeout(draw, pace);
    };
    const observer = new ResizeObserver(soon);
    observer.observe(element);
    const stops = [history.subscribe(soon), theme.subscribe(soon)];
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      for (const stop of stops) stop();
    };
  }, [hasFailed]);

  return (
    <>
      {hasFailed.value && <p class="error">The chart’s code could not be fetched. Reload the page.</p>}
      <div ref={place} class="curves" role="img" aria-label={describeCurves()} />
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
