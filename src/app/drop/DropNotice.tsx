import { useRef } from 'preact/hooks';
import { useHandBack } from '../focus.ts';
import { clip } from '../format.ts';
import { stopLooking } from './open.ts';
import { looking, said } from './state.ts';

/** What became of what was dropped; it stays in sight however far the page is scrolled. */
export function DropNotice() {
  if (looking.value !== undefined) {
    return (
      <Card label="Opening">
        <p role="status">Looking through {clip(looking.value, 60)} …</p>
        <button type="button" onClick={stopLooking}>
          Cancel
        </button>
      </Card>
    );
  }
  if (!said.value) return null;
  const { text, isError } = said.value;
  return (
    <Card label={isError ? 'Not opened' : 'Opened'}>
      <p role={isError ? 'alert' : 'status'} class={isError ? 'error' : undefined}>
        {text}
      </p>
      <button
        type="button"
        onClick={() => {
          said.value = undefined;
        }}
      >
        Close
      </button>
    </Card>
  );
}

function Card({ label, children }: { label: string; children: preact.ComponentChildren }) {
  const card = useRef<HTMLElement>(null);
  useHandBack(card);
  return (
    <section ref={card} class="card drop-notice" aria-label={label}>
      {children}
    </section>
  );
}
