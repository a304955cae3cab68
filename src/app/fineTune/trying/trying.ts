import { signal } from '@preact/signals';
import type { Predictions } from '../../../types.ts';
import { messageOf } from '../../format.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { run } from '../run/state.ts';
import { heads } from '../what/state.ts';

/** The sentence that is tried, what the heads say of it, and why they say nothing. */
export const trial = signal('They sent the wrong colour, but refunded me at once.');
export const answer = signal<Predictions | undefined>(undefined);
export const trialNotice = signal<string | undefined>(undefined);

/** Milliseconds without a key before a text is looked at. */
const rest = 250;

let timer: ReturnType<typeof setTimeout> | undefined;
let isBusy = false;
let isStale = false;

export function type(text: string): void {
  trial.value = text;
  clearTimeout(timer);
  timer = setTimeout(predictSoon, rest);
}

/** Asks the heads about the sentence. While they answer, more wishes become one more question. */
export function predictSoon(): void {
  if (isBusy) {
    isStale = true;
    return;
  }
  isBusy = true;
  void predict().finally(() => {
    isBusy = false;
    if (!isStale) return;
    isStale = false;
    predictSoon();
  });
}

/** Frees a head that earlier examples had; not while a run is on. */
export async function remove(name: string): Promise<void> {
  const ready = model.value;
  if (!ready || run.value) return;
  try {
    await ready.removeHead(name);
    const left = await ready.heads();
    if (model.value !== ready) return;
    heads.value = new Map(left.map(({ name, labels }) => [name, labels]));
    const { [name]: _, ...others } = answer.value ?? {};
    answer.value = left.length > 0 ? others : undefined;
    trialNotice.value = undefined;
    // A question under way may still be answered by the head that is gone.
    predictSoon();
  } catch (error) {
    if (model.value !== ready) return;
    if (isGone(error)) await loseModel(ready, error);
    trialNotice.value = messageOf(error);
  }
}

async function predict(): Promise<void> {
  const ready = model.value;
  const text = trial.value.trim();
  if (!ready || heads.value.size === 0) return;
  if (text === '') {
    answer.value = undefined;
    return;
  }
  try {
    const given = await ready.predict([text]);
    if (model.value !== ready) return;
    answer.value = given;
    trialNotice.value = undefined;
  } catch (error) {
    if (model.value !== ready) return;
    if (isGone(error)) await loseModel(ready, error);
    trialNotice.value = messageOf(error);
  }
}
