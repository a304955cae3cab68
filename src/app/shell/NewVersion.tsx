import { run } from '../fineTune/run/state.ts';
import { tunedSteps } from '../model/state.ts';
import { hasNewVersion, takeNewVersion } from '../offline.ts';

/** Says that a newer page is here. It never comes by itself, as a run may be on. */
export function NewVersion() {
  if (!hasNewVersion.value) return null;
  return (
    <section class="card quiet" aria-label="New version">
      <p role="status">
        <strong>A new version of this page is here.</strong> It comes with the next visit
        {tunedSteps.value > 0
          ? '; reloading now would lose what the model has learned. Take it away first.'
          : ', or when you reload.'}
      </p>
      <button type="button" disabled={run.value !== undefined} onClick={takeNewVersion}>
        Reload
      </button>
    </section>
  );
}
