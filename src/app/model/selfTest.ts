import { computed, effect, signal } from '@preact/signals';
import type { SelfTestReport } from '../../types.ts';
import type { SentenceTransformer } from '../../worker/client.ts';
import { messageOf } from '../format.ts';
import { visited } from '../view.ts';
import { isGone, loseModel } from './lost.ts';
import { model } from './state.ts';

/** Whether this adapter's numbers are Python's: each kernel and a tiny model against stored results. */

export type Part = 'embed' | 'train';

/** What is known of the kernels of a part. */
export type Check =
  | { kind: 'waiting' }
  | { kind: 'running' }
  | { kind: 'failed'; message: string }
  | { kind: 'done'; report: SelfTestReport };

export const checks = {
  embed: signal<Check>({ kind: 'waiting' }),
  train: signal<Check>({ kind: 'waiting' }),
};

/** The reader trains although a kernel is wrong. */
export const insists = signal(false);

/** Kernels that gave other results than Python. */
export const wrongKernels = computed(() =>
  Object.values(checks).flatMap(({ value }) =>
    value.kind === 'done' ? value.report.kernels.filter(({ passed }) => !passed) : [],
  ),
);
/** Training is off until the reader insists. */
export const isTrainingOff = computed(() => !isAllRight() && !insists.value);

/** Largest difference of all that was checked; undefined until something was. */
export const largestDifference = computed(() => {
  const done = Object.values(checks).flatMap(({ value }) => (value.kind === 'done' ? [value.report] : []));
  return done.length === 0 ? undefined : Math.max(...done.map(({ largest }) => largest));
});

function isAllRight(): boolean {
  return Object.values(checks).every(({ value }) =>
    value.kind === 'done' ? value.report.passed : value.kind !== 'failed',
  );
}

/**
 * Checks each model's adapter: what embedding needs at once, the rest after it. A software adapter takes seconds to compile
 * the kernels of training, so there they are checked once somebody looks at the view that needs them.
 */
export function watchChecks(): void {
  effect(() => {
    const ready = model.value;
    for (const part of Object.values(checks)) part.value = { kind: 'waiting' };
    insists.value = false;
    if (ready) void check(ready, 'embed');
  });
  effect(() => {
    const ready = model.value;
    if (!ready || checks.embed.value.kind !== 'done' || checks.train.peek().kind !== 'waiting') return;
    if (!ready.adapter.isSoftware || visited.value.has('fine-tune')) void check(ready, 'train');
  });
}

async function check(ready: SentenceTransformer, part: Part): Promise<void> {
  const state = checks[part];
  state.value = { kind: 'running' };
  try {
    const report = await ready.selfTest({ part });
    if (model.peek() === ready) state.value = { kind: 'done', report };
  } catch (error) {
    if (isGone(error)) await loseModel(ready, error);
    else if (model.peek() === ready) state.value = { kind: 'failed', message: messageOf(error) };
  }
}
