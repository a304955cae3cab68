import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { watchRequests } from '../../worker/requests.ts';
import { isGone, loseModel } from './lost.ts';
import { poll } from './polling.ts';
import { isChecked } from './selfTest.ts';
import { model, usage } from './state.ts';

/** Requests of page and worker to a server, since the model was checked and the page had fetched its later parts. */
export const requests = signal(0);

/** Keeps GPU memory and requests up to date. @param isFetchedAhead the page has fetched its later parts */
export function watchModel(isFetchedAhead: ReadonlySignal<boolean>): void {
  let show = () => {};
  const ofPage = watchRequests(() => show());
  effect(() => {
    const watched = model.value;
    requests.value = 0;
    if (!watched) return;
    // The check, too, fetches a file of its own.
    const isSettled = isChecked.value && isFetchedAhead.value;
    const since = isSettled ? performance.timeOrigin + performance.now() : Number.POSITIVE_INFINITY;
    let ofWorker = 0;
    show = () => {
      requests.value = ofPage(since) + ofWorker;
    };
    const stop = poll(async () => {
      try {
        const [now, asked] = await Promise.all([watched.usage(), watched.requests(since)]);
        if (model.peek() !== watched) return;
        if (now.bytes !== usage.peek()?.bytes) usage.value = now;
        ofWorker = asked;
        show();
      } catch (error) {
        if (isGone(error)) await loseModel(watched, error);
      }
    });
    return () => {
      show = () => {};
      stop();
    };
  });
}
