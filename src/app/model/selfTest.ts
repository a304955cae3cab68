import { computed, effect, signal } from '@preact/signals';
import type { SelfTestReport } from '../../types.ts';
import type { SentenceTransformer } from '../../worker/client.ts';
import { messageOf } from '../format.ts';
import { visited } from '../view.ts';
import { isGone, loseModel } from './lost.ts';
import { model } from './state.ts';

/** The state of checking whether a part's kernels give Python's numbers on this adapter. */
export type Check =
  | { kind: 'waiting' | 'running' }
  | { kind: 'failed'; message: string }
  | { kind: 'done'; report: SelfTestReport };

export const checks = {
  embed: signal<Check>({ kind: 'waiting' }),
  train: signal<Check>({ kind: 'waiting' }),
};

/** Whether the model is loaded, and the kernels of embedding were checked. */
export const isChecked = computed(() => ['done', 'failed'].includes(checks.embed.value.kind));

/** Whether the reader wants to train although a kernel is wrong. */
export const insists = signal(false);

export const reports = computed(() =>
  Object.values(checks).flatMap(({ value }) => (value.kind === 'done' ? [value.report] : [])),
);

/** Kernels whose results differ from Python's. */
export const wrongKernels = computed(() =>
  reports.value.flatMap(({ kernels }) => kernels.filter(({ passed }) => !passed)),
);

/** The largest difference of all checks; undefined while nothing was checked. */
export const largestDifference = computed(() =>
  reports.value.length === 0 ? undefined : Math.max(...reports.value.map(({ largest }) => largest)),
);

/** Whether training is off: a check did not pass, and the reader has not insisted. */
export const isTrainingOff = computed(() => {
  const hasFailed = Object.values(checks).some(({ value }) => value.kind === 'failed');
  return (hasFailed || reports.value.some(({ passed }) => !passed)) && !insists.value;
});

/**
 * Checks the adapter of each model: the kernels of embedding at once, those of training after them. A software
 * adapter takes seconds to compile the latter, so there they are checked when the Fine-tune view is first shown.
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

async function check(ready: SentenceTransformer, part: keyof typeof checks): Promise<void> {
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
