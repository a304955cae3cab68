import { effect } from '@preact/signals';
import type { SentenceTransformer } from '../../worker/client.ts';
import { bundledModels, type ModelChoice } from '../model/choice.ts';
import { cancelLoading, openModel } from '../model/loading.ts';
import { chosen, load, model, opening } from '../model/state.ts';
import type { RunAbout } from './about.ts';

/**
 * Loads the model that a run began with, unless it is loaded already.
 * @returns undefined where loading failed, which the page reports
 * @throws Error saying what to do where the page cannot load it by itself
 */
export async function bringModel(wanted: RunAbout['model']): Promise<SentenceTransformer | undefined> {
  const isHere = () => isSame(chosen.value, wanted);
  if (!isHere()) await openModel(choiceOf(wanted));
  else if (model.value) {
    // Another model that is being opened is not wanted any more.
    if (opening.value) cancelLoading();
  } else if (load.value.kind === 'loading') await settled();
  else await openModel();
  return isHere() ? model.value : undefined;
}

function choiceOf({ name, origin, revision }: RunAbout['model']): ModelChoice {
  if (origin === 'hub') return { name, origin, source: name, ...(revision !== undefined && { revision }) };
  const bundled = bundledModels.find((choice) => origin === 'bundled' && choice.name === name);
  if (bundled) return bundled;
  throw new Error(
    `This run began with ${name}, a model from your disk, which the browser does not keep. Open its folder or zip in the menu of models above, then continue.`,
  );
}

function isSame(choice: ModelChoice, { name, origin, revision }: RunAbout['model']): boolean {
  return choice.name === name && choice.origin === origin && choice.revision === revision;
}

/** Resolves when loading has ended, well or not. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (load.value.kind === 'loading') return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}
