import { computed, effect, signal } from '@preact/signals';
import { runs } from '../fineTune/learning/runs.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';

/** Taking the model home. `saving.ts` changes it. */

/** A save under way: bytes done of all, or 'zipping' once they are together. */
export const saving = signal<
  { stage: 'reading' | 'zipping' | 'writing'; done: number; total: number } | undefined
>(undefined);
export const saveNotice = signal<{ text: string; isError: boolean } | undefined>(undefined);

export const isHalf = signal(false);
/** The last run as a script, with its examples. */
export const withExamples = signal(true);

/** The files of the last save, with their sizes. */
export const saved = signal<readonly { path: string; bytes: number }[]>([]);

/** Runs that the model in this tab has learned from: those since it was loaded that took a step. */
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

/** What the folder is called: the model, and what it was taught. */
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

/** What was saved is told until the next save would be another. */
export function forgetSaved(): void {
  effect(() => {
    // Any of these makes it another.
    void [model.value, tunedSteps.value, isHalf.value, withExamples.value, folderName.value];
    if (saving.peek()) return;
    saved.value = [];
    saveNotice.value = undefined;
  });
}
