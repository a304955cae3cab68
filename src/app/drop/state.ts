import { signal } from '@preact/signals';

/** Files are being dragged over the page. */
export const isDragging = signal(false);

/** The name of what is being looked through. */
export const looking = signal<string | undefined>(undefined);

/** What became of what was given, where that has to be said. */
export interface Said {
  text: string;
  isError: boolean;
}
export const said = signal<Said | undefined>(undefined);
