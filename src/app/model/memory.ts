import { effect } from '@preact/signals';
import { isGone, loseModel } from './lost.ts';
import { poll } from './polling.ts';
import { model, usage } from './state.ts';

/** Keeps the GPU memory that the page shows up to date. */
export function watchMemory(): void {
  effect(() => {
    const watched = model.value;
    if (!watched) return;
    return poll(async () => {
      try {
        const now = await watched.usage();
        if (model.peek() === watched && now.bytes !== usage.peek()?.bytes) usage.value = now;
      } catch (error) {
        if (isGone(error)) await loseModel(watched, error);
      }
    });
  });
}
