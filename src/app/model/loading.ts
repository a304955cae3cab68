import type { ProgressEvent } from '../../types.ts';
import { SentenceTransformer } from '../../worker/client.ts';
import { type ModelChoice, remember } from './choice.ts';
import { giveUp } from './lost.ts';
import {
  cacheNote,
  chosen,
  load,
  model,
  nothingYet,
  opening,
  type Progress,
  tunedSteps,
  usage,
} from './state.ts';
import { troubleOf } from './trouble.ts';

let loading = new AbortController();

/** Opens a model; the chosen one if left out. A model that is there stays until the other one has come. */
export async function openModel(choice: ModelChoice = chosen.value): Promise<void> {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const old = model.value;
  let progress = nothingYet;
  const show = () => {
    if (old) opening.value = { choice, progress };
    else load.value = { kind: 'loading', progress };
  };
  opening.value = undefined;
  cacheNote.value = undefined;
  if (!old) chosen.value = choice;
  show();
  try {
    const { source, revision } = choice;
    const loaded = await SentenceTransformer.fromPretrained(source, {
      ...(revision && { revision }),
      signal,
      onProgress: (event) => {
        if (signal.aborted) return;
        progress = advance(progress, event);
        show();
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
    if (old) opening.value = { choice, progress, trouble: troubleOf(error) };
    else giveUp(error);
  }
}

export function cancelLoading(): void {
  loading.abort();
  if (opening.value) opening.value = undefined;
  else load.value = { kind: 'stopped' };
}

function advance(now: Progress, event: ProgressEvent): Progress {
  if (event.status === 'note') cacheNote.value = event.message;
  if (event.status === 'progress_total') return { ...now, loaded: event.loaded, total: event.total };
  if (event.status === 'compile') return { ...now, compiled: event.done, kernels: event.total };
  return now;
}
