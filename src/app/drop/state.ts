import { signal } from '@preact/signals';
import type { Notice } from '../notice.ts';

export const isDragging = signal(false);

/** The name of the files that are being looked through. */
export const looking = signal<string | undefined>(undefined);

/** The outcome for the files that were given, where that has to be said. */
export const said = signal<Notice | undefined>(undefined);
