import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useHandBack } from '../focus.ts';
import { advise } from '../model/advice.ts';
import { model } from '../model/state.ts';

const key = 'tabgrad.software-notice';
const isClosed = signal(stored());

/** Where a program on the processor stands in for the GPU: all works, slowly. Once closed it stays so. */
export function SoftwareNotice() {
  return model.value?.adapter.isSoftware && !isClosed.value ? <Notice /> : null;
}

function Notice() {
  const card = useRef<HTMLElement>(null);
  useHandBack(card);
  const { steps } = advise('no-adapter', navigator.userAgent);
  return (
    <section ref={card} class="card quiet" aria-label="No GPU">
      <p>
        <strong>No GPU here.</strong> A program on the processor stands in for it. Everything works and gives
        the same numbers, but many times slower: begin with few, short texts.
      </p>
      <details>
        <summary>How to let the page use the GPU</summary>
        <ul>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ul>
      </details>
      <button
        type="button"
        onClick={() => {
          isClosed.value = true;
          try {
            localStorage.setItem(key, 'closed');
          } catch {
            // Storage is switched off: it stays closed until the page is left.
          }
        }}
      >
        Understood
      </button>
    </section>
  );
}

function stored(): boolean {
  try {
    return localStorage.getItem(key) === 'closed';
  } catch {
    return false;
  }
}
