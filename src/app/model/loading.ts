import { SentenceTransformer } from '../../worker/client.ts';
import { type ModelChoice, remember } from './choice.ts';
import { giveUp } from './lost.ts';
import { chosen, load, model, opening, progress, tunedSteps, usage } from './state.ts';
import { troubleOf } from './trouble.ts';

let loading = new AbortController();

/** Opens a model; the chosen one if left out. A model that is there stays until the other one has come. */
export async function openModel(choice: ModelChoice = chosen.value): Promise<void> {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const old = model.value;
  progress.value = {};
  opening.value = old && { choice };
  if (!old) {
    chosen.value = choice;
    load.value = { kind: 'loading' };
  }
  try {
    const { source, revision } = choice;
    const loaded = await SentenceTransformer.fromPretrained(source, {
      ...(revision && { revision }),
      signal,
      onProgress: (event) => {
        if (!signal.aborted) progress.value = { ...progress.value, [event.status]: event };
      },
    });
    if (signal.aborted) return await loaded.dispose();
    opening.value = undefined;
    chosen.value = choice;
    tunedSteps.value = 0;
    load.value = { kind: 'ready', model: loaded };
    remember(choice);
    await old?.dispose();
    usage.value = await loaded.usage();
  } catch (error) {
    if (signal.aborted) return;
    if (old) opening.value = { choice, trouble: troubleOf(error) };
    else giveUp(error);
  }
}

export function cancelLoading(): void {
  loading.abort();
  if (opening.value) opening.value = undefined;
  else load.value = { kind: 'stopped' };
}
