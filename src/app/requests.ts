import { computed, effect, signal } from '@preact/signals';
import { watchRequests } from '../worker/requests.ts';
import { checks } from './model/selfTest.ts';
import { model } from './model/state.ts';

/** Milliseconds between two questions to the worker. */
const pace = 2000;

/** The model is loaded and was checked on this adapter, what fetches the check's numbers. */
const isReady = computed(() => ['done', 'failed'].includes(checks.embed.value.kind));

/**
 * Requests to a server, of the page and of the model's worker, since the model was loaded and checked; with another model it
 * begins anew. What the browser answers by itself is no request: `watchRequests` of the worker says what is counted.
 */
export const requests = signal(0);

/** Keeps the number up to date. */
export function countRequests(): void {
  let show = () => {};
  const ofPage = watchRequests(() => show());
  effect(() => {
    const watched = model.value;
    requests.value = 0;
    if (!watched || !isReady.value) return;
    const since = performance.timeOrigin + performance.now();
    let ofWorker = 0;
    let isAsking = false;
    show = () => {
      requests.value = ofPage(since) + ofWorker;
    };
    const timer = setInterval(async () => {
      // A worker that is busy answers late: one question at a time.
      if (document.hidden || isAsking) return;
      isAsking = true;
      ofWorker = await watched.requests(since).catch(() => ofWorker);
      isAsking = false;
      if (model.peek() === watched) show();
    }, pace);
    return () => {
      show = () => {};
      clearInterval(timer);
    };
  });
}
