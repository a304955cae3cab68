import { signal } from '@preact/signals';
import { run } from '../fineTune/run/state.ts';
import { advise } from '../model/advice.ts';
import { cacheNote, model, tunedSteps } from '../model/state.ts';
import { hasNewVersion, takeNewVersion } from '../offline.ts';
import { Button } from '../parts/Button.tsx';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { set } from '../parts/set.ts';
import { readStored, writeStored } from '../stored.ts';
import { Steps } from './Steps.tsx';

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
      <Button label="Reload" disabled={run.value !== undefined} onClick={takeNewVersion} />
    </section>
  );
}

const key = 'tabgrad.software-notice';
const isClosed = signal(readStored(key) === 'closed');

/** Says that a program on the processor stands in for the GPU. Once closed, it stays closed. */
export function SoftwareNotice() {
  if (!model.value?.adapter.isSoftware || isClosed.value) return null;
  const close = () => {
    isClosed.value = true;
    writeStored(key, 'closed');
  };
  return (
    <NoticeCard class="quiet" label="No GPU">
      <p>
        <strong>No GPU here.</strong> A program on the processor stands in for it. Everything works and gives
        the same numbers, but many times slower: begin with few, short texts.
      </p>
      <details>
        <summary>How to let the page use the GPU</summary>
        <Steps steps={advise('no-adapter', navigator.userAgent).steps} />
      </details>
      <Button label="Understood" onClick={close} />
    </NoticeCard>
  );
}

const closedNote = signal<string | undefined>(undefined);

/** Says why this browser does not keep the model for the next visit. The menu of models says so, too. */
export function NotKept() {
  const note = cacheNote.value;
  if (!note || note === closedNote.value) return null;
  return (
    <NoticeCard class="quiet" label="Not kept">
      <p role="status">{note}</p>
      <Button label="Understood" onClick={() => set(closedNote, note)} />
    </NoticeCard>
  );
}
