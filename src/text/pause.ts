/** Milliseconds that a loop may hold its thread before messages, such as a stop, get their turn. */
const SLICE = 30;

/** A function to call in each round of a long loop: now and then it lets the thread's other work go first. */
export function pause(): () => Promise<void> | undefined {
  let until = performance.now() + SLICE;
  return () => {
    if (performance.now() < until) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        until = performance.now() + SLICE;
        resolve();
      });
    });
  };
}
