/** Milliseconds that a loop works before other work of its thread gets a turn. */
const SLICE = 30;

/** @returns a function to await in each round of a long loop: now and then it lets the thread's other work go first */
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
