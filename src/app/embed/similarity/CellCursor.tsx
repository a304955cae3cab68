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
  const focused = inside(state.reached.value ?? best, n);
  const at = inside(state.pointed.value ?? focused, n);
  return (
    <PictureCursor
      {...state}
      focused={focused}
      find={(x, y) => {
        const [row, column] = [Math.floor((y - margin) / cell), Math.floor((x - margin) / cell)];
        return row < 0 || column < 0 ? undefined : inside({ row, column }, n);
      }}
      step={(event) => {
        const next = step(event, focused, n);
        return next && inside(next, n);
      }}
      label="Pair of sentences"
      text={nameOf(focused)}
      number={focused.row * n + focused.column + 1}
      count={n * n}
      area={{ inset: 'auto', top: 0, left: `${left}px`, width: `${size}px`, height: `${size}px` }}
      mark={{
        class: 'heat-cell',
        style: {
          left: `${margin + at.column * cell}px`,
          top: `${margin + at.row * cell}px`,
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
