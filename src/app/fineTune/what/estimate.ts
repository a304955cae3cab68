import { effect, signal, untracked } from '@preact/signals';
import { Trainer } from '../../../worker/client.ts';
import { encoding } from '../../embed/state.ts';
import { messageOf } from '../../format.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { view } from '../../view.ts';
import { runOptions } from '../run/options.ts';
import { run } from '../run/state.ts';

/** Memory and time of a run with the present settings. */
export type Estimate =
  | { kind: 'planning' }
  | { kind: 'failed'; message: string }
  | { kind: 'known'; bytes: number; steps: number; seconds?: number; isMeasuring: boolean };

export const estimate = signal<Estimate>({ kind: 'planning' });

/** Milliseconds that the settings must rest before anything is counted. */
const rest = 500;

/** The trainer with the settings that `estimate` is about. */
let trainer: Trainer | undefined;
let stop = new AbortController();

/** Counts the memory of a run with the present settings and times a step, once they have not changed for a moment. */
export function watchEstimate(): void {
  effect(() => {
    const options = runOptions.value;
    const ready = model.value;
    const isIdle = run.value === undefined && view.value === 'fine-tune';
    stop.abort();
    trainer = undefined;
    if (!ready || options === undefined || typeof options === 'string' || !isIdle) return;
    const timer = setTimeout(async () => {
      trainer = new Trainer(ready, options);
      await attempt(async (mine) => {
        const { memory, totalSteps } = await mine.plan();
        return { kind: 'known', bytes: memory.total, steps: totalSteps, isMeasuring: false };
      });
      // On a software adapter this takes long, so the reader asks for it.
      if (!ready.adapter.isSoftware) await measure();
    }, rest);
    untracked(() => {
      estimate.value = { kind: 'planning' };
    });
    return () => clearTimeout(timer);
  });
}

/** Times a step of the run without changing the model. */
export async function measure(): Promise<void> {
  const now = estimate.value;
  if (!trainer || now.kind !== 'known' || now.isMeasuring || encoding.value) return;
  stop = new AbortController();
  const { signal } = stop;
  estimate.value = { ...now, isMeasuring: true };
  await attempt(async (mine) => {
    const { seconds } = await mine.measure({ signal });
    return { ...now, seconds, isMeasuring: false };
  });
}

/** Makes an estimate, which counts unless the settings have changed meanwhile. */
async function attempt(work: (mine: Trainer) => Promise<Estimate>): Promise<void> {
  const mine = trainer;
  const ready = model.value;
  if (!mine || !ready) return;
  try {
    const found = await work(mine);
    if (trainer === mine) estimate.value = found;
  } catch (error) {
    if (isGone(error)) await loseModel(ready, error);
    else if (trainer === mine) estimate.value = { kind: 'failed', message: messageOf(error) };
  }
}

/** Ends the timing, since a run begins. */
export function stopMeasuring(): void {
  stop.abort();
  trainer = undefined;
}
