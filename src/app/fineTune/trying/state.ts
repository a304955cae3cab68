import { signal } from '@preact/signals';
import type { Predictions } from '../../../types.ts';

export const trial = signal('They sent the wrong colour, but refunded me at once.');
export const answer = signal<Predictions | undefined>(undefined);
export const trialNotice = signal<string | undefined>(undefined);
