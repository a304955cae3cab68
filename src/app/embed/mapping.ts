import { effect, signal } from '@preact/signals';
import { proxy, type Remote } from 'comlink';
import { askWorker } from '../../worker/askWorker.ts';
import { WorkerError } from '../../worker/client.ts';
import { messageOf } from '../format.ts';
import type { Cloud } from '../map/meaningMap.ts';
import { fitPlane, project } from '../map/pca.ts';
import { inSlices } from '../map/slices.ts';
import type { UmapWorker } from '../map/umapWorker.ts';
import type { Notice } from '../notice.ts';
import { firstRows, type Result, result } from './state.ts';

export const mostDots = 2000;
export const fewestForUmap = 5;

export type Layout = { kind: 'pca'; explained: [number, number] } | { kind: 'umap'; milliseconds: number };

export const map = signal<{ of: Result; cloud: Cloud; layout: Layout } | undefined>(undefined);

/** UMAP while it runs: the part that is done, 0 to 1, and milliseconds since it began. */
export const umapProgress = signal<{ part: number; milliseconds: number } | undefined>(undefined);
export const mapNotice = signal<Notice | undefined>(undefined);

let working = new AbortController();

export function followResult(): () => void {
  return effect(() => {
    if (result.value) void showPca(result.value);
  });
}

export async function showPca(of: Result): Promise<void> {
  const signal = begin();
  const vectors = firstRows(of.embeddings, mostDots);
  try {
    const plane = await inSlices(fitPlane(vectors), signal);
    show(of, project(plane, vectors), { kind: 'pca', explained: plane.explained });
  } catch (error) {
    if (!signal.aborted) reportError(error);
  }
}

export async function showUmap(of: Result): Promise<void> {
  const signal = begin();
  const vectors = firstRows(of.embeddings, mostDots);
  const start = performance.now();
  umapProgress.value = { part: 0, milliseconds: 0 };
  const tell = (part: number) => {
    // The last report may come after the points.
    if (signal.aborted || !umapProgress.value) return;
    umapProgress.value = { part, milliseconds: performance.now() - start };
  };
  const startWorker = () => new Worker(new URL('../map/umapWorker.ts', import.meta.url), { type: 'module' });
  const ask = (umap: Remote<UmapWorker>) => umap(vectors, proxy(tell));
  say('UMAP is under way …');
  try {
    const points = await askWorker('UMAP did not work', startWorker, ask, signal);
    if (signal.aborted) return;
    show(of, points, { kind: 'umap', milliseconds: performance.now() - start });
    say('The map is UMAP’s now.');
  } catch (error) {
    if (signal.aborted) return;
    say(error instanceof WorkerError ? error.message : `UMAP did not work: ${messageOf(error)}`, true);
  } finally {
    if (!signal.aborted) umapProgress.value = undefined;
  }
}

export function stopUmap(): void {
  begin();
  say('UMAP was stopped.');
}

/** Gives up the layout that is under way. */
function begin(): AbortSignal {
  working.abort();
  working = new AbortController();
  umapProgress.value = undefined;
  mapNotice.value = undefined;
  return working.signal;
}

function show(of: Result, points: Float32Array, layout: Layout): void {
  map.value = { of, cloud: { points, sentences: of.sentences.slice(0, mostDots) }, layout };
}

function say(text: string, isError = false): void {
  mapNotice.value = { text, isError };
}
