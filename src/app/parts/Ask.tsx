import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './Button.tsx';

interface AskProps {
  /** Says what would be lost. */
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
      <Button label="Keep" ref={keep} onClick={onKeep} />
      <Button label={answer} aria-label={label} onClick={onAnswer} />
    </div>
  );
}
