import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { poll } from '../model/polling.ts';
import { Button } from '../parts/Button.tsx';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { set } from '../parts/set.ts';
import { continueRun } from './continuing.ts';
import { Question } from './Question.tsx';
import {
  checkpointNotice,
  dismiss,
  faults,
  isOnHere,
  offer,
  question,
  refresh,
  returning,
  stored,
} from './state.ts';
import { ago, placeOf } from './words.ts';

/** Offers to resume a run that was cut off by a reload, a crash or the loss of the GPU. */
export function Offer() {
  useEffect(() => {
    const look = () => {
      if (!document.hidden) void refresh();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  const isElsewhere = (stored.value ?? []).some((run) => run.isOn && !isOnHere(run));
  // A run in another tab may be cut off there.
  useEffect(() => (isElsewhere ? poll(refresh) : undefined), [isElsewhere]);
  const now = offer.value;
  return (
    <>
      <p role="status" class="hidden">
        {now && `${now.name} was cut off at ${placeOf(now)}. You can continue it.`}
      </p>
      {now && <Card />}
    </>
  );
}

function Card() {
  const time = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(time, Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const run = offer.value!;
  const isReturning = returning.value?.id === run.id;
  const notice = checkpointNotice.value?.id === run.id ? checkpointNotice.value.text : undefined;
  const fault = faults.value.get(run.id);
  return (
    <NoticeCard class="run-offer" label="A run that was cut off">
      <p>
        <strong>{run.name}</strong> was cut off at {placeOf(run)}, {ago(run.savedAt, time.value)}.
      </p>
      {question.value?.id === run.id ? (
        <Question />
      ) : (
        <div class="actions">
          {fault === undefined && (
            <Button
              label={isReturning ? 'Opening …' : 'Continue'}
              class="primary"
              aria-disabled={returning.value !== undefined}
              onClick={() => void continueRun(run)}
            />
          )}
          <Button label="Dismiss" title="It stays under Take away" disabled={isReturning} onClick={dismiss} />
        </div>
      )}
      <p role="alert" class="error silent run-offer-notice">
        {notice ?? fault}
      </p>
    </NoticeCard>
  );
}
