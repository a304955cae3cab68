import type { OnProgress } from '../../types.ts';

/** Reports one file's download. Calls come in the order of the methods. */
export interface FileProgress {
  /** @param total bytes that will come, null if not known @param cached whether they come from the cache */
  start(total: number | null, cached?: boolean): void;
  advance(loaded: number): void;
  done(): void;
}

/** Bytes of a file. */
interface Loaded {
  loaded: number;
  total: number;
}

/** Milliseconds between two reports of the same file: a bar needs no more than 20 a second. */
const interval = 50;

/** The largest file by far. A total without it would reach 100 % and fall back. */
const largest = 'model.safetensors';

/**
 * Turns downloads into progress events. `progress_total` sums over the files whose length is known so far and begins
 * with the weights' first report. A total of 0 means that the length is not known.
 */
export function createProgress(onProgress: OnProgress = () => {}): (file: string) => FileProgress {
  const files = new Map<string, Loaded>();
  let weightsSeen = false;

  function report(file: string, state: Loaded): void {
    onProgress({ status: 'progress', file, ...state, progress: percent(state.loaded, state.total) });
    weightsSeen ||= file.endsWith(largest);
    if (!weightsSeen) return;
    const known = [...files.values()].filter(({ total }) => total > 0);
    const loaded = known.reduce((sum, one) => sum + one.loaded, 0);
    const total = known.reduce((sum, one) => sum + one.total, 0);
    onProgress({ status: 'progress_total', loaded, total, progress: percent(loaded, total) });
  }

  return (file) => {
    let reported = Number.NEGATIVE_INFINITY;
    let cached = false;
    const state = { loaded: 0, total: 0 };
    onProgress({ status: 'initiate', file });
    return {
      start(total, isCached = false) {
        cached = isCached;
        state.total = total ?? 0;
        state.loaded = cached ? state.total : 0;
        files.set(file, state);
        if (!cached) onProgress({ status: 'download', file });
      },
      advance(loaded) {
        state.loaded = loaded;
        // A compressed body is shorter than what comes out of it.
        if (state.total > 0) state.total = Math.max(state.total, loaded);
        const now = performance.now();
        if (now - reported < interval) return;
        reported = now;
        report(file, state);
      },
      done() {
        state.total = state.loaded;
        report(file, state);
        onProgress({ status: 'done', file, cached });
      },
    };
  };
}

function percent(loaded: number, total: number): number {
  return total === 0 ? 0 : (100 * loaded) / total;
}
