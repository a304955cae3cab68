import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from '../parts/Button.tsx';
import { set } from '../parts/set.ts';

const page = signal<FunctionComponent | undefined>(undefined);
const hasFailed = signal(false);

function fetchPage(): void {
  hasFailed.value = false;
  import('./Page.tsx').then(
    ({ NotebookPage }) => set(page, NotebookPage),
    () => set(hasFailed, true),
  );
}

/** The notebook's page. Its code is fetched when somebody looks at it. */
export function Notebook() {
  useEffect(fetchPage, []);
  if (page.value) return <page.value />;
  return (
    <div class="notebook">
      <h2>Notebook</h2>
      {hasFailed.value ? (
        <>
          <p class="error" role="alert">
            The notebook could not be fetched.
          </p>
          <Button label="Try again" onClick={fetchPage} />
        </>
      ) : (
        <p class="muted">Fetching the notebook …</p>
      )}
    </div>
  );
}
