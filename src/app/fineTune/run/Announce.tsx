import { useRef } from 'preact/hooks';
import { count, timeSpan } from '../../format.ts';
import { type Run, run } from './state.ts';

/** Tells screen readers of the run's progress: at each tenth of it and each change of its phase. */
export function Announce() {
  const said = useRef({ about: '', text: '' });
  const now = run.value;
  const about = now ? `${now.phase} ${Math.floor((10 * now.step) / Math.max(1, now.total))}` : '';
  if (about !== said.current.about) {
    const wasPaused = said.current.about.startsWith('paused');
    said.current = { about, text: now ? textOf(now, wasPaused) : '' };
  }
  return (
    <p role="status" class="hidden">
      {said.current.text}
    </p>
  );
}

function textOf({ phase, step, total, secondsLeft }: Run, wasPaused: boolean): string {
  if (phase === 'starting') return 'Training is getting ready';
  if (phase === 'stopping') return 'Training is stopping';
  const place = `step ${count(step)} of ${count(total)}`;
  if (phase === 'paused') return `Training paused, ${place}`;
  const left = secondsLeft === undefined ? '' : `, ${timeSpan(secondsLeft)} left`;
  return `Training${wasPaused ? ' resumed' : ''}, ${place}${left}`;
}
