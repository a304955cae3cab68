import { effect, untracked } from '@preact/signals';
import type { SentenceTransformer } from '../../../worker/client.ts';
import { aboutToGo, busyWith } from '../../model/busy.ts';
import { openModel } from '../../model/loading.ts';
import { load, model, progress, tunedSteps, usage } from '../../model/state.ts';
import { answer, listHeads, trialNotice } from '../trying/trying.ts';
import { heads, parameters } from '../what/state.ts';
import { lastSeed, runNotice } from './state.ts';

export async function countMemory(): Promise<void> {
  // This fails only where the model is gone, which the run reports.
  usage.value = await model.value?.usage().catch(() => usage.value);
}

/** Loads the published model again, unless something needs the present one. What was learned is lost. */
export async function startOver(): Promise<void> {
  const old = model.value;
  const reason = busyWith.value ? `${busyWith.value}: let that end first.` : aboutToGo();
  if (!old) return;
  runNotice.value = reason ? { text: reason, isError: true } : undefined;
  if (!reason) await loadAnew(old);
}

/** Replaces a model by one with the published weights. */
export async function loadAnew(old: SentenceTransformer): Promise<void> {
  progress.value = {};
  load.value = { kind: 'loading' };
  await old.dispose();
  // The reader may have cancelled meanwhile.
  if (load.value.kind === 'loading') await openModel();
}

/** Forgets heads, answers and steps whenever another model is loaded, and asks that one for its parameters. */
export function followModel(): void {
  effect(() => {
    const ready = model.value;
    untracked(() => {
      parameters.value = [];
      heads.value = new Map();
      answer.value = undefined;
      trialNotice.value = undefined;
      tunedSteps.value = 0;
      lastSeed.value = undefined;
    });
    ready?.parameters().then(
      (facts) => {
        if (model.value !== ready) return;
        parameters.value = facts;
        void listHeads();
      },
      // The next use of the model reports the error.
      () => {},
    );
  });
}
