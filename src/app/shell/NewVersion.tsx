import { hasNewVersion, takeNewVersion } from '../offline.ts';

/** A quiet word that a newer page is here. Nothing happens until the reader wants it. */
export function NewVersion() {
  if (!hasNewVersion.value) return null;
  return (
    <section class="card quiet" role="status" aria-label="New version">
      <p>A new version is here. It comes with your next visit, or now: then what is on this page is lost.</p>
      <button type="button" onClick={takeNewVersion}>
        Reload
      </button>
    </section>
  );
}
