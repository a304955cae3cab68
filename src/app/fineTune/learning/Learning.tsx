import { Figures } from './Figures.tsx';
import { LearningCurves } from './LearningCurves.tsx';
import { tasksOf } from './lines.ts';
import { type RunRecord, runs } from './runs.ts';

export function Learning() {
  const run = runs.value.at(-1);
  return (
    <section class="card learning" aria-labelledby="learning-title">
      <h2 id="learning-title">Learning</h2>
      {!run || run.steps.length + run.evaluations.length === 0 ? (
        <p class="muted">
          Losses, and how many held-out texts are told right, appear here as the model learns.
        </p>
      ) : (
        <>
          <Figures run={run} />
          <LearningCurves />
        </>
      )}
      <p class="hidden" role="status" aria-label="Held-out accuracy">
        {run && spoken(run)}
      </p>
    </section>
  );
}

/** The accuracy of the last evaluation in a sentence, for screen readers. */
function spoken(run: RunRecord): string {
  const last = run.evaluations.at(-1);
  if (!last) return '';
  const parts = tasksOf(run).flatMap((task) =>
    last.accuracy[task] === undefined ? [] : [`${task} ${Math.round(100 * last.accuracy[task])} %`],
  );
  return parts.length > 0 ? `After step ${last.step}, right of the held-out texts: ${parts.join(', ')}.` : '';
}
