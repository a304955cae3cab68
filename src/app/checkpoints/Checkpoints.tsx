import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { StoredCheckpoint } from '../../worker/client.ts';
import { run } from '../fineTune/run/state.ts';
import { Ask } from '../parts/Ask.tsx';
import { Button } from '../parts/Button.tsx';
import { FileButton } from '../parts/FileButton.tsx';
import { set } from '../parts/set.ts';
import { view } from '../view.ts';
import { continueFile, continueRun, downloadCheckpoint } from './continuing.ts';
import { Question } from './Question.tsx';
import {
  checkpointNotice,
  faults,
  findFaults,
  isFinished,
  isOnHere,
  mostUnfinished,
  offer,
  question,
  refresh,
  remove,
  returning,
  stored,
} from './state.ts';
import { ago, placeOf, sizeOf } from './words.ts';

export function Checkpoints() {
  const isShown = view.value === 'take-away';
  useEffect(() => {
    if (isShown) void refresh().then(findFaults);
  }, [isShown]);
  const runs = stored.value ?? [];
  const notice = checkpointNotice.value;
  return (
    <section class="card" aria-labelledby="checkpoints-title">
      <h2 id="checkpoints-title" tabIndex={-1}>
        Checkpoints in this browser
      </h2>
      <p class="muted">
        Saved every 30 s, on pause and when the tab is hidden. They survive a crash. The newest{' '}
        {mostUnfinished} unfinished runs stay, and the one that finished last.
      </p>
      {runs.length > 0 ? (
        <ul class="plain kept-runs">
          {runs.map((run) => (
            <Run key={run.id} run={run} />
          ))}
        </ul>
      ) : (
        <p class="muted">None yet: a run that you start is kept here by itself.</p>
      )}
      {question.value && question.value.id === undefined && <Question />}
      <div class="actions">
        <FileButton
          label="Open a checkpoint file…"
          accept=".safetensors"
          disabled={run.value !== undefined}
          onFile={(file) => void continueFile(file)}
        />
      </div>
      <p role="status" class={notice?.isError ? 'status silent error' : 'status silent'}>
        {notice?.text}
      </p>
    </section>
  );
}

function Run({ run: kept }: { run: StoredCheckpoint }) {
  const fault = faults.value.get(kept.id);
  return (
    <li>
      <span class="kept-name">{kept.name}</span>
      <span class="muted kept-facts">
        {isFinished(kept) ? 'finished' : placeOf(kept)} · {sizeOf(kept)} · {ago(kept.savedAt, Date.now())}
      </span>
      {fault !== undefined && <span class="status error kept-fault">{fault}</span>}
      {question.value?.id === kept.id && offer.value?.id !== kept.id ? (
        <Question />
      ) : (
        <Actions kept={kept} isDamaged={fault !== undefined} />
      )}
    </li>
  );
}

function Actions({ kept, isDamaged }: { kept: StoredCheckpoint; isDamaged: boolean }) {
  const isAsking = useSignal(false);
  const wasAsking = useRef(false);
  const ask = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone, so the focus moves before a key can be pressed again.
  useLayoutEffect(() => {
    if (!isAsking.value && wasAsking.current) ask.current?.focus();
    wasAsking.current = isAsking.value;
  }, [isAsking.value]);
  if (kept.isOn) {
    return <span class="muted kept-actions">{isOnHere(kept) ? 'on now' : 'on in another tab'}</span>;
  }
  if (isAsking.value) {
    return (
      <Ask
        class="kept-actions"
        answer="Delete"
        label={`Delete the checkpoint of ${kept.name} for good`}
        onKeep={() => set(isAsking, false)}
        onAnswer={() => {
          // This button disappears with the run.
          document.getElementById('checkpoints-title')?.focus();
          void remove(kept);
        }}
      >
        Delete it for good?
      </Ask>
    );
  }
  const word = isFinished(kept) ? 'Bring back' : 'Resume';
  return (
    <span class="actions kept-actions">
      {!isDamaged && (
        <>
          <Button
            label={returning.value?.id === kept.id ? 'Opening …' : word}
            aria-label={`${word}: ${kept.name}`}
            title={isFinished(kept) ? 'Gives the model what the run had taught it' : undefined}
            disabled={run.value !== undefined || returning.value !== undefined}
            onClick={() => void continueRun(kept)}
          />
          <Button
            label="Download"
            aria-label={`Download the checkpoint of ${kept.name}`}
            title="One file, to go on in another browser"
            onClick={() => void downloadCheckpoint(kept)}
          />
        </>
      )}
      <Button
        label="Delete"
        ref={ask}
        disabled={returning.value?.id === kept.id}
        aria-label={`Delete the checkpoint of ${kept.name}`}
        onClick={() => set(isAsking, true)}
      />
    </span>
  );
}
