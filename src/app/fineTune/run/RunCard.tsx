import { useSignal } from '@preact/signals';
import { addressOf } from '../../address.ts';
import { count, counted, megabytes, timeSpan } from '../../format.ts';
import { insists, isTrainingOff, wrongKernels } from '../../model/selfTest.ts';
import { load, model, tunedSteps } from '../../model/state.ts';
import { Ask } from '../../parts/Ask.tsx';
import { Button } from '../../parts/Button.tsx';
import { set } from '../../parts/set.ts';
import { plan } from '../what/state.ts';
import { Announce } from './Announce.tsx';
import { Fields } from './Fields.tsx';
import { seed } from './fields.ts';
import { startOver } from './modelOfRun.ts';
import { pause, resume, start, step, stop } from './running.ts';
import { lastCheckpoint, lastSeed, type Run, run, runNotice, saveProblem } from './state.ts';

export function RunCard() {
  const now = run.value;
  return (
    <section class="card" aria-labelledby="run-title">
      <h2 id="run-title">
        <span class="number">3</span> Run
      </h2>
      <Fields isLocked={now !== undefined} />
      {isTrainingOff.value && <Insist />}
      <div class="actions">
        <Main now={now} />
        <Others now={now} />
      </div>
      {now && <Progress now={now} />}
      <Announce />
      {now && now.bytes > 0 && (
        <p class="muted">
          This run takes {megabytes(now.bytes)} of GPU memory, the model’s weights included.
          {lastCheckpoint.value && (
            <span title="Kept in this browser: after a crash it goes on from there.">
              {' '}
              Kept at step {count(lastCheckpoint.value.step)}.
            </span>
          )}
        </p>
      )}
      <p role="status" class="muted silent">
        {now && saveProblem.value}
      </p>
      <p role="status" class={runNotice.value?.isError ? 'status error' : 'status'}>
        {statusText()}
      </p>
      {tunedSteps.value > 0 && !now && (
        <p class="muted">
          The model in this tab has learned {counted(tunedSteps.value, 'step')}. Start goes on from its
          weights; Start over loads the published ones again.
        </p>
      )}
      {lastSeed.value !== undefined && lastSeed.value !== seed.signal.value && !now && (
        <p class="muted">
          Another seed holds out other texts. The model has been trained on some of them, so their accuracy
          will look too good: Start over to measure it.
        </p>
      )}
    </section>
  );
}

function Insist() {
  const wrong = wrongKernels.value.map(({ name }) => name);
  return (
    <div role="alert" class="stack">
      <p class="error">
        {run.value ? 'Stop this run:' : 'Training is off:'}{' '}
        {wrong.length > 0
          ? `${wrong.join(', ')} gave other results on this adapter than PyTorch.`
          : 'the self-test did not run on this adapter.'}
      </p>
      <div class="actions">
        <Button label="Train all the same" onClick={() => set(insists, true)} />
      </div>
    </div>
  );
}

function statusText(): string | undefined {
  if (runNotice.value) return runNotice.value.text;
  const { kind } = load.value;
  if (kind === 'loading') return 'The model is still loading.';
  return kind === 'ready' ? undefined : 'Training needs the model: press Retry above.';
}

/** Start, Pause or Resume: one button in one place, so that it keeps the keyboard's focus. */
function Main({ now }: { now: Run | undefined }) {
  if (!now) {
    return (
      <Button
        label="Start"
        class="primary"
        disabled={!model.value || plan.value === undefined || isTrainingOff.value}
        onClick={() => void start()}
      />
    );
  }
  const isPaused = now.phase === 'paused';
  return (
    <Button
      label={isPaused ? 'Resume' : 'Pause'}
      class="primary"
      aria-disabled={!isPaused && now.phase !== 'running'}
      onClick={isPaused ? resume : pause}
    />
  );
}

function Others({ now }: { now: Run | undefined }) {
  if (now) {
    return (
      <>
        <Button
          label="Step"
          key="step"
          disabled={now.phase !== 'paused'}
          title="One step, while paused"
          onClick={step}
        />
        <Button label="Stop" disabled={now.phase === 'stopping'} onClick={stop} />
      </>
    );
  }
  if (tunedSteps.value === 0) return null;
  return (
    <>
      <StartOver key="over" />
      <a class="button" href={addressOf('take-away')}>
        Take it away
      </a>
    </>
  );
}

/** Loads the published model again, and asks first, since what was learned is lost then. */
function StartOver() {
  const isAsking = useSignal(false);
  const ask = (isAsked: boolean) => set(isAsking, isAsked);
  if (!isAsking.value) {
    return <Button label="Start over" onClick={() => ask(true)} />;
  }
  return (
    <Ask answer="Load the published model" onKeep={() => ask(false)} onAnswer={() => void startOver()}>
      {counted(tunedSteps.value, 'learned step')} would be lost.
    </Ask>
  );
}

function Progress({ now }: { now: Run }) {
  const { phase, step, total, secondsLeft } = now;
  return (
    <div class="encoding">
      <progress aria-label="Training" max={Math.max(1, total)} value={step} />
      <span class="muted">
        {phase === 'starting' && 'getting ready …'}
        {phase === 'stopping' && 'stopping …'}
        {(phase === 'running' || phase === 'paused') && `step ${count(step)} of ${count(total)}`}
        {phase === 'paused' && ' · paused'}
        {phase === 'running' && secondsLeft !== undefined && ` · ${timeSpan(secondsLeft)} left`}
      </span>
    </div>
  );
}
