import { type CursorState, PictureCursor } from '../../charts/PictureCursor.tsx';
import { heatmapSize, margin } from './heatmapSize.ts';

export interface Place {
  row: number;
  column: number;
}

interface CellCursorProps extends CursorState<Place> {
  /** Rows and columns of the heatmap. */
  n: number;
  /** Pixels of the picture's place. */
  width: number;
  /** Where the keys begin. */
  best: Place;
  /** The pair of a cell and its cosine, in words. */
  nameOf: (at: Place) => string;
}

export function CellCursor({ n, width, best, nameOf, ...state }: CellCursorProps) {
  const { size, left, cell } = heatmapSize(n, width);
  const side = `${size - margin}px`;
  const focused = inside(state.reached.value ?? best, n);
  const at = inside(state.pointed.value ?? focused, n);
  return (
    <PictureCursor
      {...state}
      focused={focused}
      find={(x, y) => inside({ row: Math.floor(y / cell), column: Math.floor(x / cell) }, n)}
      step={(event) => {
        const next = step(event, focused, n);
        return next && inside(next, n);
      }}
      label="Pair of sentences"
      text={nameOf(focused)}
      number={focused.row * n + focused.column + 1}
      count={n * n}
      area={{ inset: 'auto', top: `${margin}px`, left: `${left + margin}px`, width: side, height: side }}
      mark={{
        class: 'heat-cell',
        style: {
          left: `${at.column * cell}px`,
          top: `${at.row * cell}px`,
          width: `${cell}px`,
          height: `${cell}px`,
        },
      }}
    />
  );
}

/** The nearest place that an n × n heatmap has: the one before may have been larger. */
export function inside({ row, column }: Place, n: number): Place {
  const clamp = (i: number) => Math.min(n - 1, Math.max(0, i));
  return { row: clamp(row), column: clamp(column) };
}

/**
 * Where a key leads, as in the ARIA practices for grids; undefined for a key that leads nowhere.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/grid/
 */
function step({ key, ctrlKey }: KeyboardEvent, { row, column }: Place, n: number): Place | undefined {
  if (key === 'ArrowUp') return { row: row - 1, column };
  if (key === 'ArrowDown') return { row: row + 1, column };
  if (key === 'ArrowLeft') return { row, column: column - 1 };
  if (key === 'ArrowRight') return { row, column: column + 1 };
  if (key === 'Home') return { row: ctrlKey ? 0 : row, column: 0 };
  if (key === 'End') return { row: ctrlKey ? n - 1 : row, column: n - 1 };
  return undefined;
}
