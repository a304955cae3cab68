import { effect } from '@preact/signals';
import { readFirst } from './fineTune/examples/sources/reading.ts';
import { model } from './model/state.ts';

/** What is loaded when it is needed: all that embedding and training may come to need. */
const later = [
  () => import('./notebook/Page.tsx'),
  () => import('./embed/similarity/heatmap.ts'),
  () => import('./map/meaningMap.ts'),
  () => import('./fineTune/learning/curves.ts'),
  readFirst,
];

/** Once the model is there and the page has nothing to do, fetches the rest, so that working makes no request. */
export function fetchAhead(): void {
  const stop = effect(() => {
    if (!model.value) return;
    whenIdle(() => {
      stop();
      // Where that fails, whoever needs it tries again and says so.
      for (const load of later) load().catch(() => {});
    });
  });
}

/** Safari has no requestIdleCallback. */
function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: 2000 });
  else setTimeout(work, 500);
}
