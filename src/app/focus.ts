import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** What has the focus when it leaves the page hands it to `main`: the keyboard goes on from there, not from the top. */
export function useHandBack(place: RefObject<HTMLElement | null>): void {
  useLayoutEffect(
    () => () => {
      if (!place.current?.contains(document.activeElement)) return;
      document.querySelector('main')?.focus({ preventScroll: true });
    },
    [place],
  );
}
