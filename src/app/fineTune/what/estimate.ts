import { effect, signal, untracked } from '@preact/signals';
import { type SentenceTransformer, Trainer } from '../../../worker/client.ts';
import { encoding } from '../../embed/state.ts';
import { messageOf } from '../../format.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { view } from '../../view.ts';
import { runOptions } from '../run/options.ts';
import { run } from '../run/state.ts';

/** What a run with the present settings would take. */
export type Estimate =
  | { kind: 'none' }
  | { kind: 'planning' }
  | { kind: 'failed'; message: string }
  | { kind: 'known'; bytes: number; steps: number; seconds?: number; isMeasuring: boolean };

export const estimate = signal<Estimate>({ kind: 'none' });

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
      const mine = new Trainer(ready, options);
      trainer = mine;
      try {
        const { memory, totalSteps } = await mine.plan();
        if (trainer !== mine) return;
        estimate.value = { kind: 'known', bytes: memory.total, steps: totalSteps, isMeasuring: false };
        // On a software adapter this takes long, so the reader asks for it.
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

/** Times a step of the run without changing the model. */
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

/** Ends the timing, since a run begins. */
export function stopMeasuring(): void {
  stop.abort();
  trainer = undefined;
}
