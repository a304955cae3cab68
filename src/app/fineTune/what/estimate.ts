import { effect, signal, untracked } from '@preact/signals';
import { type SentenceTransformer, Trainer } from '../../../worker/client.ts';
import { encoding } from '../../embed/state.ts';
import { messageOf } from '../../format.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { view } from '../../view.ts';
import { runOptions } from '../run/options.ts';
import { run } from '../run/state.ts';

/** What a run of now would take. */
export type Estimate =
  | { kind: 'none' }
  | { kind: 'planning' }
  | { kind: 'failed'; message: string }
  | { kind: 'known'; bytes: number; steps: number; seconds?: number; isMeasuring: boolean };

export const estimate = signal<Estimate>({ kind: 'none' });

/** Milliseconds without a change before anything is counted. */
const rest = 500;

/** Of the settings that `estimate` is about. */
let trainer: Trainer | undefined;
let stop = new AbortController();

/** Counts the memory of the run that the settings describe, and times a step of it, when they have not changed for a moment. */
export function watchEstimate(): void {
  effect(() => {
    const options = runOptions.value;
    const ready = model.value;
    const isIdle = run.value === undefined && view.value === 'fine-tune';
    stop.abort();
    trainer = undefined;
    if (!ready || options === undefined || typeof options === 'string' || !isIdle) return;
    const timer = setTimeout(async () => {
      const mine = new Trainer(ready, options);
      trainer = mine;
      try {
        const { memory, totalSteps } = await mine.plan();
        if (trainer !== mine) return;
        estimate.value = { kind: 'known', bytes: memory.total, steps: totalSteps, isMeasuring: false };
        // A software adapter takes long for it: there it is asked for.
        if (!ready.adapter.isSoftware) await measure();
      } catch (error) {
        await fail(error, mine, ready);
      }
    }, rest);
    untracked(() => {
      estimate.value = { kind: 'planning' };
    });
    return () => clearTimeout(timer);
  });
}

/** Times a step of the run, which changes nothing of the model. */
export async function measure(): Promise<void> {
  const now = estimate.value;
  const mine = trainer;
  const ready = model.value;
  if (now.kind !== 'known' || now.isMeasuring || !mine || !ready || encoding.value) return;
  const mineStop = new AbortController();
  stop = mineStop;
  estimate.value = { ...now, isMeasuring: true };
  try {
    const { seconds } = await mine.measure({ signal: mineStop.signal });
    if (trainer === mine) estimate.value = { ...now, seconds, isMeasuring: false };
  } catch (error) {
    await fail(error, mine, ready);
  }
}

async function fail(error: unknown, mine: Trainer, ready: SentenceTransformer): Promise<void> {
  if (isGone(error)) await loseModel(ready, error);
  else if (trainer === mine) estimate.value = { kind: 'failed', message: messageOf(error) };
}

/** Before a run begins: what is being timed ends. */
export function stopMeasuring(): void {
  stop.abort();
  trainer = undefined;
}
