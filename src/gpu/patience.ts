/**
 * Decides when to ask whether the GPU is done. In Node the `webgpu` package polls in a busy loop while a promise is
 * pending, which takes a core from a software adapter's own threads. So before asking after work that was seen
 * before, we sleep for most of the shortest time that it took. A browser waits without polling and never sleeps.
 */
export class Patience {
  readonly #seen = new Map<string, number>();

  /** @param work what is being waited for; equal work is expected to take equal time */
  begin(work: readonly string[]): { wait: () => Promise<void>; end: () => void } {
    if (!pollsBusily) return { wait: async () => {}, end: () => {} };
    const key = work.join(';');
    const started = performance.now();
    return {
      wait: async () => {
        const milliseconds = (this.#seen.get(key) ?? 0) * SHARE;
        if (milliseconds >= 2) await new Promise((done) => setTimeout(done, milliseconds));
      },
      end: () => {
        const took = performance.now() - started;
        if (this.#seen.size >= MOST_KINDS) this.#seen.clear();
        this.#seen.set(key, Math.min(took, this.#seen.get(key) ?? took));
      },
    };
  }
}

/** Part of the expected time that we sleep: most of it, for the driver's sake, and less than all, to lose no time. */
const SHARE = 0.8;
/** Kinds of work that are remembered; each that is forgotten costs one round of polling. */
const MOST_KINDS = 1000;
const pollsBusily = typeof process !== 'undefined' && process.versions?.node !== undefined;
