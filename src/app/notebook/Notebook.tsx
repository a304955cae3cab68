import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from '../parts/Button.tsx';
import { set } from '../parts/set.ts';

/** The notebook's page. Its code is fetched when somebody looks at it. */
export function Notebook() {
  const page = useSignal<FunctionComponent | undefined>(undefined);
  const hasFailed = useSignal(false);
  const attempt = useSignal(0);

  useEffect(() => {
    let isGone = false;
    hasFailed.value = false;
    import('./Page.tsx').then(
      ({ NotebookPage }) => {
        if (!isGone) page.value = NotebookPage;
      },
      () => set(hasFailed, !isGone),
    );
    return () => {
      isGone = true;
    };
  }, [attempt.value, page, hasFailed]);

  if (page.value) return <page.value />;
  return (
    <div class="notebook">
      <h2>Notebook</h2>
      {hasFailed.value ? (
        <>
          <p class="error" role="alert">
            The notebook could not be fetched.
          </p>
          <Button label="Try again" onClick={() => attempt.value++} />
        </>
      ) : (
        <p class="muted">Fetching the notebook …</p>
      )}
    </div>
  );
}
