import { signal } from '@preact/signals';
import { advise } from '../model/advice.ts';
import { model } from '../model/state.ts';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { readStored, writeStored } from '../stored.ts';
import { Steps } from './Steps.tsx';

const key = 'tabgrad.software-notice';
const isClosed = signal(readStored(key) === 'closed');

/** Says that a program on the processor stands in for the GPU. Once closed, it stays closed. */
export function SoftwareNotice() {
  if (!model.value?.adapter.isSoftware || isClosed.value) return null;
  const { steps } = advise('no-adapter', navigator.userAgent);
  return (
    <NoticeCard class="quiet" label="No GPU">
      <p>
        <strong>No GPU here.</strong> A program on the processor stands in for it. Everything works and gives
        the same numbers, but many times slower: begin with few, short texts.
      </p>
      <details>
        <summary>How to let the page use the GPU</summary>
        <Steps steps={steps} />
      </details>
      <button
        type="button"
        onClick={() => {
          isClosed.value = true;
          writeStored(key, 'closed');
        }}
      >
        Understood
      </button>
    </NoticeCard>
  );
}
