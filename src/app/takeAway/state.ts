import { computed, effect, signal } from '@preact/signals';
import { runs } from '../fineTune/learning/runs.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import type { Notice } from '../notice.ts';

/** A save under way: bytes that are done, of the total, which is 0 until it is known. */
export const saving = signal<{ isZip: boolean; done: number; total: number } | undefined>(undefined);
export const saveNotice = signal<Notice | undefined>(undefined);

export const isHalf = signal(false);
/** Whether the last run goes with it as a script, with its examples. */
export const withExamples = signal(true);

export const saved = signal<readonly { path: string; bytes: number }[]>([]);

/** The runs that trained the loaded model: those that took a step since it was loaded. */
export const ownRuns = computed(() => {
  let left = tunedSteps.value;
  const own = [];
  for (const run of [...runs.value].reverse()) {
    if (left <= 0) break;
    if (run.steps.length === 0) continue;
    own.unshift(run);
    left -= run.steps.length;
  }
  return own;
});

export const folderName = computed(() => {
  const data = ownRuns.value.at(-1)?.data;
  const base = chosen.value.name.split('/').at(-1)!;
  const name = data === undefined ? base : `${base}-${data.replace(/\.\w+$/, '')}`;
  return (
    name
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 80) || 'model'
  );
});

/** Clears the report of the last save when the next save would be another. */
export function forgetSaved(): void {
  effect(() => {
    // Each of these changes the next save.
    void [model.value, tunedSteps.value, isHalf.value, withExamples.value, folderName.value];
    if (saving.peek()) return;
    saved.value = [];
    saveNotice.value = undefined;
  });
}
