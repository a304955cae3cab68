import { useRef } from 'preact/hooks';
import { clip, count } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import { swatch } from '../colors.ts';
import type { Row } from './data.ts';
import { removeRow } from './editing.ts';
import { LabelCell } from './LabelCell.tsx';
import { heldOutIds, isLocked, shownTasks } from './state.ts';
import { TextCell } from './TextCell.tsx';
import { appendRow, foundCount, page, pageSize, pages, shown, turnTo } from './table.ts';

export function Table() {
  const body = useRef<HTMLTableSectionElement>(null);
  /** Moves the focus into a row. Preact draws in a microtask, so no key is pressed before the focus is there. */
  const focusRow = (place: number, selector: string) =>
    queueMicrotask(() => {
      const rows = body.current?.rows ?? [];
      rows[Math.min(place, rows.length - 1)]?.querySelector<HTMLElement>(selector)?.focus();
    });
  return (
    <>
      <div class="sideways">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col" class="row-number">
                <span class="hidden">row</span>
              </th>
              <th scope="col">text</th>
              {shownTasks.value.map(({ name }) => (
                <th key={name} scope="col" title={name}>
                  <span class="swatch" style={swatch(name)} />
                  {clip(name, 20)}
                </th>
              ))}
              <td class="row-remove" />
            </tr>
          </thead>
          <tbody ref={body}>
            {shown.value.map(({ row, number }, place) => (
              <TableRow
                key={row.id}
                row={row}
                number={number}
                onDown={() => focusRow(place + 1, '.cell')}
                onRemove={() => {
                  removeRow(row.id);
                  focusRow(place, '.remove');
                }}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div class="actions">
        <Button
          label="Add a row"
          disabled={isLocked.value}
          onClick={() => {
            if (appendRow()) focusRow(pageSize, '.cell');
          }}
        />
        <Pager />
      </div>
    </>
  );
}

interface TableRowProps {
  row: Row;
  number: number;
  onDown: () => void;
  onRemove: () => void;
}

function TableRow({ row, number, onDown, onRemove }: TableRowProps) {
  const isHeldOut = heldOutIds.value.has(row.id);
  return (
    <tr class={isHeldOut ? 'held-out' : undefined}>
      <th
        scope="row"
        class="row-number"
        title={isHeldOut ? 'Held out: tested on, never trained on' : undefined}
      >
        {count(number)}
        {isHeldOut && <span class="hidden"> held out</span>}
      </th>
      <td>
        <TextCell row={row} number={number} onDown={onDown} />
      </td>
      {shownTasks.value.map(({ name, labels }) => (
        <td key={name} class="label-cell" data-task={clip(name, 20)}>
          <LabelCell row={row} number={number} task={name} known={labels} />
        </td>
      ))}
      <td class="row-remove">
        <Button
          label="×"
          class="remove"
          aria-label={`Remove row ${number}`}
          title="Remove the row"
          disabled={isLocked.value}
          onClick={onRemove}
        />
      </td>
    </tr>
  );
}

function Pager() {
  const size = foundCount.value;
  const from = page.value * pageSize;
  if (size === 0) return <p class="muted pager">No row to show.</p>;
  return (
    <div class="actions pager">
      <span class="muted" role="status">
        {count(from + 1)}–{count(Math.min(from + pageSize, size))} of {count(size)}
      </span>
      <Button
        label="‹"
        aria-label="Previous rows"
        aria-disabled={page.value === 0}
        onClick={() => turnTo(page.value - 1)}
      />
      <Button
        label="›"
        aria-label="Next rows"
        aria-disabled={page.value === pages.value - 1}
        onClick={() => turnTo(page.value + 1)}
      />
    </div>
  );
}
