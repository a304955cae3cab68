import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { watchRequests } from '../../worker/requests.ts';
import { poll } from './polling.ts';
import { checks } from './selfTest.ts';
import { model } from './state.ts';

/** Whether the model is loaded and was checked on this adapter: the check fetches a file of its own. */
const isReady = computed(() => ['done', 'failed'].includes(checks.embed.value.kind));

/**
 * Requests to a server, of the page and of the model's worker, since the model was loaded and checked and the page had
 * fetched its own later parts. With another model the count begins anew. `watchRequests` says what counts as a request.
 */
export const requests = signal(0);

/** Keeps the number up to date. @param isFetchedAhead whether the page has fetched its own later parts */
export function countRequests(isFetchedAhead: ReadonlySignal<boolean>): void {
  let show = () => {};
  const ofPage = watchRequests(() => show());
  effect(() => {
    const watched = model.value;
    requests.value = 0;
    if (!watched || !isReady.value || !isFetchedAhead.value) return;
    const since = performance.timeOrigin + performance.now();
    let ofWorker = 0;
    show = () => {
      requests.value = ofPage(since) + ofWorker;
    };
    const stop = poll(async () => {
      ofWorker = await watched.requests(since).catch(() => ofWorker);
      if (model.peek() === watched) show();
    });
    return () => {
      show = () => {};
      stop();
    };
  });
}
