import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useHandBack } from '../focus.ts';

interface NoticeCardProps {
  /** Its name for screen readers. */
  label: string;
  class: string;
  children: ComponentChildren;
}

/** A card that comes and goes by itself, or with a press of a button that is on it. */
export function NoticeCard({ label, class: name, children }: NoticeCardProps) {
  const card = useRef<HTMLElement>(null);
  useHandBack(card);
  return (
    <section ref={card} class={`card ${name}`} aria-label={label}>
      {children}
    </section>
  );
}
