import { signal } from '@preact/signals';
import { cacheNote } from '../model/state.ts';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { set } from '../parts/set.ts';

const closed = signal<string | undefined>(undefined);

/** Says why this browser does not keep the model for the next visit. The menu of models says so, too. */
export function NotKept() {
  const note = cacheNote.value;
  if (!note || note === closed.value) return null;
  return (
    <NoticeCard class="quiet" label="Not kept">
      <p role="status">{note}</p>
      <button type="button" onClick={() => set(closed, note)}>
        Understood
      </button>
    </NoticeCard>
  );
}
