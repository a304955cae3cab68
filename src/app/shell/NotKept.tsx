import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useHandBack } from '../focus.ts';
import { cacheNote } from '../model/state.ts';

/** The note that the reader has closed. */
const closed = signal<string | undefined>(undefined);

/** Why this browser does not keep the model for the next visit, where it does not. The menu of models says so, too. */
export function NotKept() {
  return cacheNote.value && cacheNote.value !== closed.value ? <Note text={cacheNote.value} /> : null;
}

function Note({ text }: { text: string }) {
  const card = useRef<HTMLElement>(null);
  useHandBack(card);
  return (
    <section ref={card} class="card quiet" aria-label="Not kept">
      <p role="status">{text}</p>
      <button
        type="button"
        onClick={() => {
          closed.value = text;
        }}
      >
        Understood
      </button>
    </section>
  );
}
