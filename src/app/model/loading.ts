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

/** Loads a model where there is none. */
export async function loadModel(choice: ModelChoice = chosen.value): Promise<void> {
  const mine = start();
  chosen.value = choice;
  load.value = { kind: 'loading', progress: nothingYet };
  try {
    const loaded = await fetchModel(choice, mine.signal, (event) => {
      const now = load.value;
      if (now.kind === 'loading') load.value = { ...now, progress: advance(now.progress, event) };
    });
    if (!loaded) return;
    load.value = { kind: 'ready', model: loaded };
    remember(choice);
    usage.value = await loaded.usage();
  } catch (error) {
    if (!mine.signal.aborted) giveUp(error);
  }
}

/** Opens another model. The one that is there stays until the other has come; if that fails, for good. */
export async function openModel(choice: ModelChoice): Promise<void> {
  const old = model.value;
  if (!old) return loadModel(choice);
  const mine = start();
  opening.value = { choice, progress: nothingYet };
  try {
    const loaded = await fetchModel(choice, mine.signal, (event) => {
      const now = opening.value;
      if (now) opening.value = { ...now, progress: advance(now.progress, event) };
    });
    if (!loaded) return;
    opening.value = undefined;
    chosen.value = choice;
    tunedSteps.value = 0;
    load.value = { kind: 'ready', model: loaded };
    remember(choice);
    await old.dispose();
    usage.value = await loaded.usage();
  } catch (error) {
    if (!mine.signal.aborted) opening.value = { choice, progress: nothingYet, trouble: troubleOf(error) };
  }
}

export function cancelLoading(): void {
  loading.abort();
  if (opening.value) opening.value = undefined;
  else load.value = { kind: 'stopped' };
}

/** What loaded before is given up. */
function start(): AbortController {
  loading.abort();
  opening.value = undefined;
  cacheNote.value = undefined;
  loading = new AbortController();
  return loading;
}

/** @returns undefined after an abort */
async function fetchModel(
  { source, revision }: ModelChoice,
  signal: AbortSignal,
  onProgress: (event: ProgressEvent) => void,
): Promise<SentenceTransformer | undefined> {
  const loaded = await SentenceTransformer.fromPretrained(source, {
    ...(revision && { revision }),
    signal,
    onProgress: (event) => {
      if (!signal.aborted) onProgress(event);
    },
  });
  if (!signal.aborted) return loaded;
  await loaded.dispose();
}

function advance(now: Progress, event: ProgressEvent): Progress {
  if (event.status === 'note') cacheNote.value = event.message;
  if (event.status === 'progress_total') return { ...now, loaded: event.loaded, total: event.total };
  if (event.status === 'compile') return { ...now, compiled: event.done, kernels: event.total };
  return now;
}
