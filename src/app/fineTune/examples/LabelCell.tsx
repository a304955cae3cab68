import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { clip } from '../../format.ts';
import { set } from '../../parts/set.ts';
import { labelChip } from '../colors.ts';
import type { Row } from './data.ts';
import { setLabel } from './editing.ts';
import { isLocked } from './state.ts';

interface LabelCellProps {
  row: Row;
  number: number;
  task: string;
  known: readonly string[];
}

const mostOffered = 100;
/** Pixels of the longest list of labels, with some space around it. */
const listHeight = 244;

/**
 * A label of a row: picked from the known ones, or a new one that is written. Blank is no label. What is written
 * becomes part of the examples when the cell is left.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function LabelCell({ row, number, task, known }: LabelCellProps) {
  const field = useRef<HTMLInputElement>(null);
  const draft = useSignal<string | undefined>(undefined);
  const isOpen = useSignal(false);
  /** Index of the offer that Enter takes; −1 for none. */
  const active = useSignal(-1);
  const id = useId();
  const label = Object.hasOwn(row.labels, task) ? row.labels[task]! : '';
  const offers = isOpen.value ? offersFor(draft.value, known, label) : [];
  const isShown = offers.length > 0 && !isLocked.value;

  const close = () => {
    isOpen.value = false;
    active.value = -1;
  };
  const commit = (next = draft.value?.trim()) => {
    draft.value = undefined;
    close();
    if (next !== undefined && next !== label) setLabel(row.id, task, next);
  };
  const move = (by: number) => {
    isOpen.value = true;
    const { length } = offersFor(draft.value, known, label);
    const from = active.value < 0 && by < 0 ? 0 : active.value;
    active.value = length === 0 ? -1 : (from + by + length) % length;
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing || isLocked.value) return;
    if (event.key === 'Enter') commit(offers[active.value]);
    else if (event.key === 'Escape') {
      if (!isShown) draft.value = undefined;
      close();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    }
  };
  return (
    <>
      <input
        ref={field}
        type="text"
        class="cell label"
        style={label === '' ? { background: 'none' } : labelChip(task, label)}
        role="combobox"
        aria-label={`${task} of row ${number}`}
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={isShown ? id : undefined}
        aria-activedescendant={isShown && active.value >= 0 ? `${id}-${active.value}` : undefined}
        placeholder="–"
        autocomplete="off"
        spellcheck={false}
        readOnly={isLocked.value}
        title={label}
        value={draft.value ?? label}
        onFocus={({ currentTarget }) => currentTarget.select()}
        onClick={() => set(isOpen, true)}
        onInput={({ currentTarget }) => {
          draft.value = currentTarget.value;
          isOpen.value = true;
          active.value = -1;
        }}
        onBlur={() => commit()}
        onKeyDown={press}
      />
      {isShown && (
        <Offers id={id} task={task} offers={offers} active={active.value} field={field} onPick={commit} />
      )}
    </>
  );
}

/** Known labels that contain what was written, or all of them. '' stands for removing the label that is there. */
function offersFor(draft: string | undefined, known: readonly string[], label: string): string[] {
  const word = draft?.trim().toLowerCase() ?? '';
  const fitting = known.filter((name) => name.toLowerCase().includes(word)).slice(0, mostOffered);
  return word === '' && label !== '' ? [...fitting, ''] : fitting;
}

interface OffersProps {
  id: string;
  task: string;
  offers: readonly string[];
  active: number;
  field: { readonly current: HTMLInputElement | null };
  onPick: (label: string) => void;
}

function Offers({ id, task, offers, active, field, onPick }: OffersProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const follow = () => place(list.current!, field.current!);
    const listening = new AbortController();
    const { signal } = listening;
    follow();
    addEventListener('scroll', follow, { capture: true, passive: true, signal });
    addEventListener('resize', follow, { signal });
    return () => listening.abort();
  }, []);
  useLayoutEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div ref={list} id={id} class="offers" role="listbox" aria-label={`Labels of ${task}`}>
      {offers.map((offer, i) => (
        <div
          key={offer}
          id={`${id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          onMouseDown={(event) => {
            // The field keeps the focus, as leaving it would commit the draft.
            event.preventDefault();
            onPick(offer);
          }}
        >
          {offer === '' ? (
            <span class="muted">no label</span>
          ) : (
            <span class="label" style={labelChip(task, offer)}>
              {clip(offer, 40)}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

/** Places the list below its field, or above where there is no room, inside the window. */
function place(list: HTMLElement, field: HTMLElement): void {
  const { left, top, bottom } = field.getBoundingClientRect();
  const isBelow = bottom + listHeight < innerHeight || top < listHeight;
  list.style.left = `${Math.max(4, Math.min(left, innerWidth - list.offsetWidth - 4))}px`;
  list.style.top = isBelow ? `${bottom + 2}px` : 'auto';
  list.style.bottom = isBelow ? 'auto' : `${innerHeight - top + 2}px`;
}
