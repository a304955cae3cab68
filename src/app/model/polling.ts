/** Milliseconds between two questions. */
const pace = 2000;

/**
 * Asks again and again while somebody can see the page. The next question waits for the answer, which may be late.
 * @returns ends the questions
 */
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
