import { effect } from '@preact/signals';
import { isGone, loseModel } from './lost.ts';
import { model, usage } from './state.ts';

/** Milliseconds between two looks at the GPU's memory. */
const pace = 2000;

/** Keeps the memory that the page shows up to date, while somebody can see it. */
export function watchMemory(): void {
  effect(() => {
    const watched = model.value;
    if (!watched) return;
    let isAsking = false;
    const timer = setInterval(async () => {
      // A worker that is busy answers late: one question at a time.
      if (document.hidden || isAsking) return;
      isAsking = true;
      const now = await watched.usage().catch(async (error) => {
        if (isGone(error)) await loseModel(watched, error);
        return undefined;
      });
      isAsking = false;
      if (now && model.peek() === watched && now.bytes !== usage.peek()?.bytes) usage.value = now;
    }, pace);
    return () => clearInterval(timer);
  });
}
