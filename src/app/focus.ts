import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Gives the focus to `main` when `place` leaves the page with it: the keyboard goes on from there. */
export function useHandBack(place: RefObject<HTMLElement | null>): void {
  useLayoutEffect(
    () => () => {
      if (!place.current?.contains(document.activeElement)) return;
      document.querySelector('main')?.focus({ preventScroll: true });
    },
    [place],
  );
}
