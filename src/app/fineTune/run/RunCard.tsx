import type { Signal } from '@preact/signals';
import { count, counted, megabytes } from '../../format.ts';
import { load, model, tunedSteps } from '../../model/state.ts';
import { history } from '../learning/state.ts';
import { plan } from '../what/state.ts';
import { pause, resume, start, startOver, step, stop } from './running.ts';
import { batchSize, dropout, epochs, lastSeed, type Run, run, runNotice, seed } from './state.ts';

export function RunCard() {
  const now = run.value;
  return (
    <section class="card" aria-labelledby="run-title">
      <h2 id="run-title">
        <span class="number">3</span> Run
      </h2>
      <fieldset class="actions fields" disabled={now !== undefined}>
        <legend class="hidden">Options of the run</legend>
        <Amount label="epochs" value={epochs} least={1} />
        <Amount label="batch (texts)" value={batchSize} least={1} />
        <Amount label="dropout" value={dropout} least={0} step={0.05} />
        <Amount label="seed" value={seed} least={0} />
      </fieldset>
      <div class="actions">
        <Main now={now} />
        <Others now={now} />
      </div>
      {now && <Progress now={now} />}
      {now && now.bytes > 0 && (
        <p class="muted">
          This run takes {megabytes(now.bytes)} of GPU memory, the model’s weights included.
        </p>
      )}
      <p role="status" class={runNotice.value?.isError ? 'status error' : 'status'}>
        {statusText()}
      </p>
      {tunedSteps.value > 0 && !now && (
        <p class="muted">
          The model in this tab has learned {counted(tunedSteps.value, 'step')}. Start goes on from its
          weights; Start over loads the published ones again.
        </p>
      )}
      {lastSeed.value !== undefined && lastSeed.value !== seed.value && !now && (
        <p class="muted">
          Another seed holds out other texts. The model has been trained on some of them, so their accuracy
          will look too good: Start over to measure it.
        </p>
      )}
    </section>
  );
}

function statusText(): string | undefined {
  if (runNotice.value) return runNotice.value.text;
  const { kind } = load.value;
  if (kind === 'loading') return 'The model is still loading.';
  return kind === 'ready' ? undefined : 'Training needs the model: press Retry above.';
}

/** One button in one place, so that the keyboard's focus stays on it while it changes its meaning. */
function Main({ now }: { now: Run | undefined }) {
  if (!now) {
    return (
      <button
        type="button"
        class="primary"
        disabled={!model.value || plan.value === undefined}
        onClick={() => void start()}
      >
        Start
      </button>
    );
  }
  const isPaused = now.phase === 'paused';
  return (
    <button
      type="button"
      class="primary"
      aria-disabled={!isPaused && now.phase !== 'running'}
      onClick={isPaused ? resume : pause}
    >
      {isPaused ? 'Resume' : 'Pause'}
    </button>
  );
}

function Others({ now }: { now: Run | undefined }) {
  if (now) {
    return (
      <>
        <button type="button" disabled={now.phase !== 'paused'} title="One step, while paused" onClick={step}>
          Step
        </button>
        <button type="button" disabled={now.phase === 'stopping'} onClick={stop}>
          Stop
        </button>
      </>
    );
  }
  if (tunedSteps.value === 0) return null;
  return (
    <>
      <button type="button" onClick={() => void startOver()}>
        Start over
      </button>
      <a class="button" href="#embed">
        Embed with the tuned model
      </a>
    </>
  );
}

function Progress({ now }: { now: Run }) {
  return (
    <div class="encoding">
      <progress aria-label="Training" max={Math.max(1, now.total)} value={now.step} />
      <span class="muted">{progressText(now)}</span>
    </div>
  );
}

function progressText({ phase, step, total }: Run): string {
  if (phase === 'starting') return 'getting ready …';
  if (phase === 'stopping') return 'stopping …';
  const at = `step ${count(step)} of ${count(total)}`;
  if (phase === 'paused') return `${at} · paused`;
  const speed = history.value.steps.at(-1)?.textsPerSecond;
  if (step === 0 || speed === undefined) return at;
  return `${at} · about ${timeLeft(((total - step) * batchSize.value) / speed)} left`;
}

function timeLeft(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

interface AmountProps {
  label: string;
  value: Signal<number>;
  least: number;
  step?: number;
}

/** The trainer itself says what is wrong with a number. */
function Amount({ label, value, least, step = 1 }: AmountProps) {
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <input
        type="number"
        min={least}
        step={step}
        defaultValue={String(value.peek())}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}
