import type { OnProgress } from '../../types.ts';

/** Reports one file's download. Calls come in the order of the methods. */
export interface FileProgress {
  /**
   * @param total bytes that will come, or null if that is not known
   * @param cached whether they come from the cache
   */
  start(total: number | null, cached?: boolean): void;
  advance(loaded: number): void;
  done(): void;
}

/** Milliseconds between two reports of the same file: a bar needs no more than 20 a second. */
const interval = 50;

/** The file that is larger than all others together. A total without it would reach 100 % and fall back. */
const largest = 'model.safetensors';

/**
 * Turns downloads into progress events. `progress_total` sums over the files whose length is known so far and begins
 * with the weights' first report. A total of 0 means that the length is not known.
 */
export function createProgress(onProgress: OnProgress = () => {}): (file: string) => FileProgress {
  const files = new Map<string, { loaded: number; total: number }>();
  let weightsSeen = false;

  function report(file: string): void {
    const state = files.get(file)!;
    onProgress({ status: 'progress', file, ...state, progress: percent(state.loaded, state.total) });
    weightsSeen ||= file.endsWith(largest);
    if (!weightsSeen) return;
    let loaded = 0;
    let total = 0;
    for (const one of files.values()) {
      if (one.total === 0) continue;
      loaded += one.loaded;
      total += one.total;
    }
    onProgress({ status: 'progress_total', loaded, total, progress: percent(loaded, total) });
  }

  return (file) => {
    let reported = Number.NEGATIVE_INFINITY;
    let cached = false;
    onProgress({ status: 'initiate', file });
    return {
      start(total, isCached = false) {
        cached = isCached;
        files.set(file, { loaded: cached ? (total ?? 0) : 0, total: total ?? 0 });
        if (!cached) onProgress({ status: 'download', file });
      },
      advance(loaded) {
        const state = files.get(file)!;
        state.loaded = loaded;
        // A compressed body is shorter than what comes out of it.
        if (state.total > 0) state.total = Math.max(state.total, loaded);
        const now = performance.now();
        if (now - reported < interval) return;
        reported = now;
        report(file);
      },
      done() {
        const state = files.get(file)!;
        state.total = state.loaded;
        report(file);
        onProgress({ status: 'done', file, cached });
      },
    };
  };
}

function percent(loaded: number, total: number): number {
  return total === 0 ? 0 : (100 * loaded) / total;
}
