import { useLayoutEffect, useRef } from 'preact/hooks';
import { question } from './state.ts';

/** What would be lost, with the keyboard on the answer that loses nothing. */
export function Question() {
  const keep = useRef<HTMLButtonElement>(null);
  // At once, before a key can be pressed again.
  useLayoutEffect(() => keep.current?.focus(), []);
  const { text, goOn } = question.value!;
  return (
    <div class="actions kept-question" role="alert">
      <span>{text}</span>
      <button
        ref={keep}
        type="button"
        onClick={() => {
          question.value = undefined;
        }}
      >
        Keep
      </button>
      <button type="button" onClick={goOn}>
        Continue the run
      </button>
    </div>
  );
}
