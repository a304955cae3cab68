import { signal } from '@preact/signals';
import type { Predictions } from '../../../types.ts';
import type { SentenceTransformer } from '../../../worker/client.ts';
import { messageOf } from '../../format.ts';
import { inTurn } from '../../inTurn.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { run } from '../run/state.ts';
import { heads } from '../what/state.ts';

/** The sentence that is tried, what the heads say of it, and why they say nothing. */
export const trial = signal('They sent the wrong colour, but refunded me at once.');
export const answer = signal<Predictions | undefined>(undefined);
export const trialNotice = signal<string | undefined>(undefined);

/** Milliseconds that typing must rest before the heads are asked. */
const rest = 250;

let timer: ReturnType<typeof setTimeout> | undefined;

export function type(text: string): void {
  trial.value = text;
  clearTimeout(timer);
  timer = setTimeout(predict, rest);
}

export const predict = inTurn(() =>
  ask(async (ready, isHere) => {
    const text = trial.value.trim();
    const given = text === '' || heads.value.size === 0 ? undefined : await ready.predict([text]);
    if (!isHere()) return;
    answer.value = given;
    if (given) trialNotice.value = undefined;
  }),
);

/** Asks the model which heads it has, as a run adds those that it needs, and what they say. */
export async function listHeads(): Promise<void> {
  const ready = model.value;
  const found = await ready?.heads().catch(() => undefined);
  if (!found || model.value !== ready) return;
  heads.value = new Map(found.map(({ name, labels }) => [name, labels]));
  void predict();
}

/** Removes a head of earlier examples from the model. Does nothing while a run is on. */
export async function remove(name: string): Promise<void> {
  if (run.value) return;
  await ask(async (ready, isHere) => {
    await ready.removeHead(name);
    if (!isHere()) return;
    trialNotice.value = undefined;
    await listHeads();
  });
}

/** Asks the loaded model for something, and says what went wrong unless another model has taken its place. */
async function ask(
  work: (ready: SentenceTransformer, isHere: () => boolean) => Promise<void>,
): Promise<void> {
  const ready = model.value;
  if (!ready) return;
  const isHere = () => model.value === ready;
  try {
    await work(ready, isHere);
  } catch (error) {
    if (!isHere()) return;
    if (isGone(error)) await loseModel(ready, error);
    trialNotice.value = messageOf(error);
  }
}
