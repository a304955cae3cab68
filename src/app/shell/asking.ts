import { batch, signal } from '@preact/signals';
import { said } from '../drop/state.ts';
import type { ModelChoice } from '../model/choice.ts';
import { openModel } from '../model/loading.ts';
import { tunedSteps } from '../model/state.ts';

export const isMenuOpen = signal(false);

/** A model that the reader wants in place of one that was trained: the menu asks whether to open it. */
export const wish = signal<ModelChoice | undefined>(undefined);

/** Opens a model. Where a trained model would be lost, the menu asks first. */
export function openOrAsk(choice: ModelChoice): void {
  said.value = undefined;
  if (tunedSteps.value === 0) openAnyway(choice);
  else {
    batch(() => {
      wish.value = choice;
      isMenuOpen.value = true;
    });
  }
}

export function openAnyway(choice: ModelChoice): void {
  isMenuOpen.value = false;
  void openModel(choice);
}
