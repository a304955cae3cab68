import { computed } from '@preact/signals';
import { encoding } from '../embed/state.ts';
import { run } from '../fineTune/run/state.ts';
import { saving } from '../takeAway/state.ts';
import { opening } from './state.ts';

/** What the model is needed for: nobody takes it away meanwhile. Undefined while it is free. */
export const busyWith = computed(() => {
  if (run.value) return 'A run is on';
  if (encoding.value) return 'Sentences are being embedded';
  if (saving.value) return 'The model is being saved';
  return undefined;
});

/** Another model that is on its way: when it comes this one goes, so nothing new is begun with it. */
export const onItsWay = computed(() =>
  opening.value && !opening.value.trouble ? opening.value.choice.name : undefined,
);

/** What to say to who begins something with a model that is about to go; undefined where it stays. */
export function aboutToGo(): string | undefined {
  return onItsWay.value && `${onItsWay.value} is being opened. Cancel that to work with this model.`;
}
