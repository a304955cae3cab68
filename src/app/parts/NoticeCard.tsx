import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface NoticeCardProps {
  label: string;
  class: string;
  children: ComponentChildren;
}

/** A card that comes and goes by itself, or with a press of a button that is on it. */
export function NoticeCard({ label, class: name, children }: NoticeCardProps) {
  const card = useRef<HTMLElement>(null);
  // If the card leaves with the focus, the keyboard goes on from `main`.
  useLayoutEffect(
    () => () => {
      if (!card.current?.contains(document.activeElement)) return;
      document.querySelector('main')?.focus({ preventScroll: true });
    },
    [],
  );
  return (
    <section ref={card} class={`card ${name}`} aria-label={label}>
      {children}
    </section>
  );
}
