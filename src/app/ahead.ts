import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { readFirst } from './fineTune/examples/sources/reading.ts';
import { model } from './model/state.ts';

/** Code and data that embedding and training may come to need. Each is also loaded where it is needed. */
const neededLater = [
  () => import('./embed/similarity/heatmap.ts'),
  () => import('./map/meaningMap.ts'),
  () => import('./fineTune/learning/curves.ts'),
  readFirst,
];

/** Fetches all of it once the model is there and the page has nothing to do. @returns whether that is over */
export function fetchAhead(): ReadonlySignal<boolean> {
  const isOver = signal(false);
  const stop = effect(() => {
    if (!model.value) return;
    whenIdle(() => {
      stop();
      // Code that needs what failed to load tries again, and reports it.
      void Promise.allSettled(neededLater.map((load) => load())).then(() => {
        isOver.value = true;
      });
    });
  });
  return isOver;
}

/** Safari has no requestIdleCallback. */
function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 500);
}
