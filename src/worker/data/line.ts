import type { Remote } from 'comlink';
import { askWorker } from '../askWorker.ts';
import type { DataApi } from './api.ts';

/**
 * Asks a data worker that lives as long as the answer takes.
 * @throws as `askWorker` does
 */
export function askDataWorker<T>(
  what: string,
  ask: (api: Remote<DataApi>) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const start = () => new Worker(new URL('./dataWorker.ts', import.meta.url), { type: 'module' });
  return askWorker(what, start, ask, signal);
}
