/**
 * When to ask whether the GPU is done. In Node the `webgpu` package polls in a busy loop while a promise is pending,
 * and so takes a core from a software adapter's own threads. Work that was seen before is therefore left alone for
 * most of the time it took last; a browser waits without polling and is never held up.
 */
export class Patience {
  readonly #seen = new Map<string, number>();

  /** @param work what is being waited for; equal work is expected to take equal time */
  begin(work: readonly string[]): { wait: () => Promise<void>; end: () => void } {
    if (!pollsBusily) return { wait: () => Promise.resolve(), end: () => {} };
    const key = work.join(';');
    const started = performance.now();
    return {
      wait: () => {
        const milliseconds = (this.#seen.get(key) ?? 0) * SHARE;
        return milliseconds < 2 ? Promise.resolve() : new Promise((done) => setTimeout(done, milliseconds));
      },
      end: () => {
        const took = performance.now() - started;
        if (this.#seen.size >= MOST_KINDS) this.#seen.clear();
        this.#seen.set(key, Math.min(took, this.#seen.get(key) ?? took));
      },
    };
  }
}

/** Enough to leave the cores to the driver, and short of the whole so that no time is lost. */
const SHARE = 0.8;
/** Kinds of work remembered; forgetting costs one round of polling each. */
const MOST_KINDS = 1000;
const pollsBusily = typeof process !== 'undefined' && process.versions?.node !== undefined;
