import { computed } from '@preact/signals';
import { encoding } from '../embed/state.ts';
import { run } from '../fineTune/run/state.ts';
import { saving } from '../takeAway/state.ts';
import { opening } from './state.ts';

/** Says what uses the model: then no other model is opened. Undefined while the model is free. */
export const busyWith = computed(() => {
  if (run.value) return 'A run is on';
  if (encoding.value) return 'Sentences are being embedded';
  if (saving.value) return 'The model is being saved';
  return undefined;
});

/** Says why no other model can be opened, and what to do; undefined where one can be. */
export const busyNote = computed(
  () => busyWith.value && `${busyWith.value}. Let it end, or stop it, to open another model.`,
);

/** Why nothing can be begun with the model, because another one is being opened; undefined otherwise. */
export function aboutToGo(): string | undefined {
  if (!opening.value || opening.value.trouble) return undefined;
  return `${opening.value.choice.name} is being opened. Cancel that to work with this model.`;
}
