/** Milliseconds between two questions. */
const pace = 2000;

/** Asks again and again while the page is in sight, but not before the last answer. @returns ends it */
export function poll(ask: () => Promise<void>): () => void {
  let isAsking = false;
  const timer = setInterval(async () => {
    if (document.hidden || isAsking) return;
    isAsking = true;
    await ask();
    isAsking = false;
  }, pace);
  return () => clearInterval(timer);
}
