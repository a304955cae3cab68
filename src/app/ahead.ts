import { effect } from '@preact/signals';
import { readFirst } from './fineTune/examples/sources/reading.ts';
import { model } from './model/state.ts';

/** Code and data that embedding and training may come to need. Each is also loaded where it is needed. */
const neededLater = [
  () => import('./notebook/Page.tsx'),
  () => import('./embed/similarity/heatmap.ts'),
  () => import('./map/meaningMap.ts'),
  () => import('./fineTune/learning/curves.ts'),
  readFirst,
];

/** Fetches all of it once the model is there and the page has nothing to do: after that, working makes no request. */
export function fetchAhead(): void {
  const stop = effect(() => {
    if (!model.value) return;
    whenIdle(() => {
      stop();
      // Where a load fails, the one who needs it tries again, and says so.
      for (const load of neededLater) load().catch(() => {});
    });
  });
}

/** Safari has no requestIdleCallback. */
function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 500);
}
