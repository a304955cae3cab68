import { effect, untracked } from '@preact/signals';
import type { SentenceTransformer } from '../../../worker/client.ts';
import { aboutToGo, busyWith } from '../../model/busy.ts';
import { loadModel } from '../../model/loading.ts';
import { load, model, nothingYet, tunedSteps, usage } from '../../model/state.ts';
import { answer, predictSoon, trialNotice } from '../trying/trying.ts';
import { heads, parameters } from '../what/state.ts';
import { lastSeed, runNotice } from './state.ts';

/** What this view knows of the loaded model. */

/** Which heads the model has: a run adds those that it needs. */
export async function listHeads(): Promise<void> {
  const ready = model.value;
  const found = await ready?.heads().catch(() => undefined);
  if (!found || model.value !== ready) return;
  heads.value = new Map(found.map(({ name, labels }) => [name, labels]));
  predictSoon();
}

export async function countMemory(): Promise<void> {
  // If that fails the model is gone, and the run says so.
  usage.value = await model.value?.usage().catch(() => usage.value);
}

/** Loads the model anew: what was learned is gone. */
export async function startOver(): Promise<void> {
  const old = model.value;
  const reason = busyWith.value ? `${busyWith.value}: let that end first.` : aboutToGo();
  if (!old) return;
  if (reason) {
    runNotice.value = { text: reason, isError: true };
    return;
  }
  runNotice.value = undefined;
  await loadAnew(old);
}

/** The published weights take the place of those that are there. */
export async function loadAnew(old: SentenceTransformer): Promise<void> {
  load.value = { kind: 'loading', progress: nothingYet };
  await old.dispose();
  // It may have been cancelled meanwhile.
  if (load.value.kind === 'loading') await loadModel();
}

/** Keeps to the loaded model: of a new one no heads and curves are known. */
export function followModel(): void {
  effect(() => {
    const ready = model.value;
    untracked(forgetRuns);
    ready?.parameters().then(
      (facts) => {
        if (model.value !== ready) return;
        parameters.value = facts;
        void listHeads();
      },
      // Whoever uses the model next is told.
      () => {},
    );
  });
}

function forgetRuns(): void {
  parameters.value = [];
  heads.value = new Map();
  answer.value = undefined;
  trialNotice.value = undefined;
  tunedSteps.value = 0;
  lastSeed.value = undefined;
}
