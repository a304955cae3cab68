import { useSignal } from '@preact/signals';
import { set } from '../../parts/set.ts';
import type { Row } from './data.ts';
import { setText } from './editing.ts';
import { isLocked } from './state.ts';

/**
 * The text of a row. What is written becomes part of the examples when the cell is left. Enter goes to the next row,
 * Shift and Enter make a line break, Escape takes back what was written.
 */
export function TextCell({ row, number, onDown }: { row: Row; number: number; onDown: () => void }) {
  const draft = useSignal<string | undefined>(undefined);
  const commit = () => {
    const text = draft.value?.trim();
    draft.value = undefined;
    if (text !== undefined && text !== row.text) setText(row.id, text);
  };
  return (
    <textarea
      class="cell"
      rows={1}
      aria-label={`Text of row ${number}`}
      placeholder="Write a text"
      readOnly={isLocked.value}
      value={draft.value ?? row.text}
      onInput={({ currentTarget }) => set(draft, currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === 'Enter' && !event.shiftKey) {
          event.preventDefault();
          commit();
          onDown();
        }
        if (event.key === 'Escape') draft.value = undefined;
      }}
    />
  );
}
