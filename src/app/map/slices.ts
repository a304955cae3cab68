/** Milliseconds of work after which the page gets its turn. */
const slice = 10;

/** Does work that yields often without holding up the page. @throws the signal's reason when it fires */
export async function inSlices<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  let began = performance.now();
  while (true) {
    signal?.throwIfAborted();
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - began < slice) continue;
    await new Promise((resume) => setTimeout(resume));
    began = performance.now();
  }
}
