import type { Page } from 'playwright-core';

/**
 * Waiting where no event can be waited for. A test waits for what happens: an event, a promise, a state that can be
 * asked. That something does not happen is told by nothing, so these let pass what is on its way, counted in turns
 * and pictures and never in milliseconds: on a slow machine they take longer, and mean the same. `waits.test.ts`
 * holds that tests wait in no other way.
 */

/** Lets the event loop of Node go round: timers that are due, messages, sockets and what follows from them. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next));
}

/** Lets a page draw so many pictures, with all that its own thread does between them. */
export async function pictures(page: Page, count = 10): Promise<void> {
  await page.evaluate(async (count) => {
    for (let picture = 0; picture < count; picture += 1)
      await new Promise((next) => requestAnimationFrame(next));
  }, count);
}
