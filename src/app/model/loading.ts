import type { ProgressEvent } from '../../types.ts';
import { SentenceTransformer } from '../../worker/client.ts';
import { giveUp } from './lost.ts';
import { load, modelName, starting, usage } from './state.ts';

let loading = new AbortController();

export async function loadModel(): Promise<void> {
  const mine = new AbortController();
  loading = mine;
  load.value = starting;
  try {
    const loaded = await SentenceTransformer.fromPretrained(`weights/${modelName}`, {
      signal: mine.signal,
      onProgress: (event) => {
        if (!mine.signal.aborted) showLoading(event);
      },
    });
    if (mine.signal.aborted) return void loaded.dispose();
    load.value = { kind: 'ready', model: loaded };
    usage.value = await loaded.usage();
  } catch (error) {
    if (!mine.signal.aborted) giveUp(error);
  }
}

export function cancelLoading(): void {
  loading.abort();
  load.value = { kind: 'stopped' };
}

function showLoading(event: ProgressEvent): void {
  const now = load.value;
  if (now.kind !== 'loading') return;
  if (event.status === 'progress_total') {
    load.value = { ...now, loaded: event.loaded, total: event.total };
  } else if (event.status === 'compile') {
    load.value = { ...now, compiled: event.done, kernels: event.total };
  }
}
