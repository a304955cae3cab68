import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface AskProps {
  /** What would be lost. */
  children: ComponentChildren;
  class?: string;
  /** The answer that loses it, and its name for screen readers where that says more. */
  answer: string;
  label?: string;
  onKeep: () => void;
  onAnswer: () => void;
}

/** A question before something is lost. The keyboard's focus is at once on the answer that loses nothing. */
export function Ask({ children, class: className = '', answer, label, onKeep, onAnswer }: AskProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => keep.current?.focus(), []);
  return (
    <div class={`actions ${className}`} role="alert">
      <span>{children}</span>
      <button ref={keep} type="button" onClick={onKeep}>
        Keep
      </button>
      <button type="button" aria-label={label} onClick={onAnswer}>
        {answer}
      </button>
    </div>
  );
}
