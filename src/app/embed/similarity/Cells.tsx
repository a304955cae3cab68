import type { Signal } from '@preact/signals';
import type { Matrix } from './heatmap.ts';
import { heatmapSize, margin } from './heatmapSize.ts';

export interface Place {
  row: number;
  column: number;
}

interface CellsProps {
  matrix: Matrix;
  width: number;
  /** The cell under the pointer. */
  pointed: Signal<Place | undefined>;
  /** The cell that the arrow keys have reached. */
  reached: Signal<Place | undefined>;
  /** Where the keys begin. */
  best: Place;
  /** The pair of a cell and its cosine, in words. */
  nameOf: (at: Place) => string;
}

/**
 * What is pointed at and walked on, over the heatmap: a slider that the arrow keys move both ways, and whose value is read as
 * the pair of sentences.
 */
export function Cells({ matrix: { n }, width, pointed, reached, best, nameOf }: CellsProps) {
  const { size, left, cell } = heatmapSize(n, width);
  const clamp = (i: number) => Math.min(n - 1, Math.max(0, i));
  const inside = (place: Place): Place => ({ row: clamp(place.row), column: clamp(place.column) });
  const focused = inside(reached.value ?? best);
  const at = pointed.value ? inside(pointed.value) : focused;
  return (
    <div
      class="over"
      style={{ inset: 'auto', top: 0, left: `${left}px`, width: `${size}px`, height: `${size}px` }}
      onPointerMove={(event) => {
        const frame = event.currentTarget.getBoundingClientRect();
        const [x, y] = [event.clientX - frame.left - margin, event.clientY - frame.top - margin];
        pointed.value =
          x < 0 || y < 0
            ? undefined
            : { row: clamp(Math.floor(y / cell)), column: clamp(Math.floor(x / cell)) };
      }}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
    >
      <div
        role="slider"
        tabIndex={0}
        class={pointed.value ? 'heat-cell shown' : 'heat-cell'}
        aria-label="Pair of sentences"
        aria-valuemin={1}
        aria-valuemax={n * n}
        aria-valuenow={focused.row * n + focused.column + 1}
        aria-valuetext={nameOf(focused)}
        style={{
          left: `${margin + at.column * cell}px`,
          top: `${margin + at.row * cell}px`,
          width: `${cell}px`,
          height: `${cell}px`,
        }}
        onKeyDown={(event) => {
          const next = step(event, focused, n);
          if (!next) return;
          event.preventDefault();
          pointed.value = undefined;
          reached.value = { row: clamp(next.row), column: clamp(next.column) };
        }}
        onFocus={() => {
          reached.value = focused;
        }}
        onBlur={() => {
          reached.value = undefined;
        }}
      />
    </div>
  );
}

/** Where a key leads, as in the pattern of the ARIA practices for grids; undefined for one that leads nowhere. */
function step({ key, ctrlKey }: KeyboardEvent, { row, column }: Place, n: number): Place | undefined {
  if (key === 'ArrowUp') return { row: row - 1, column };
  if (key === 'ArrowDown') return { row: row + 1, column };
  if (key === 'ArrowLeft') return { row, column: column - 1 };
  if (key === 'ArrowRight') return { row, column: column + 1 };
  if (key === 'Home') return ctrlKey ? { row: 0, column: 0 } : { row, column: 0 };
  if (key === 'End') return ctrlKey ? { row: n - 1, column: n - 1 } : { row, column: n - 1 };
  return undefined;
}
