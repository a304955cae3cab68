import { useSignal } from '@preact/signals';
import { Chart } from '../../charts/Chart.tsx';
import { PictureCursor } from '../../charts/PictureCursor.tsx';
import { clip, counted, fixed } from '../../format.ts';
import { matrix, result, shownPairs } from '../state.ts';
import type { Matrix } from './heatmap.ts';
import { heatmapSize, margin } from './heatmapSize.ts';

interface Cell {
  row: number;
  column: number;
}

export function Similarity() {
  return (
    <section class="card" aria-labelledby="similarity-title">
      <h2 id="similarity-title">Similarity</h2>
      {matrix.value ? (
        <Heatmap matrix={matrix.value} sentences={result.value!.sentences} />
      ) : (
        <p class="muted">The cosine of every pair of sentences, once they are embedded.</p>
      )}
    </section>
  );
}

const load = async () => (await import('./heatmap.ts')).heatmap;

/** The heatmap. Below it stands the pair that the pointer or the keys are at, else the pair that is most alike. */
function Heatmap({ matrix, sentences }: { matrix: Matrix; sentences: string[] }) {
  const pointed = useSignal<Cell | undefined>(undefined);
  const reached = useSignal<Cell | undefined>(undefined);
  const { n } = matrix;
  const best = mostAlike(matrix);
  const cosine = ({ row, column }: Cell) => matrix.values[row * n + column]!;
  const focused = inside(reached.value ?? best, n);
  const at = inside(pointed.value ?? focused, n);
  const cursor = (width: number) => {
    const { size, left, cell } = heatmapSize(n, width);
    const side = `${size - margin}px`;
    return (
      <PictureCursor
        {...{ pointed, reached, focused }}
        find={(x, y) => inside({ row: Math.floor(y / cell), column: Math.floor(x / cell) }, n)}
        step={(event) => step(event, focused, n)}
        label="Pair of sentences"
        text={`${fixed(cosine(focused), 2)}: ${clip(sentences[focused.row]!, 80)} – ${clip(sentences[focused.column]!, 80)}`}
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
  };
  return (
    <>
      <p class="muted">
        Cosine. Point at a cell for its pair, or walk with the arrow keys.
        {sentences.length > shownPairs &&
          ` The first ${shownPairs} of ${counted(sentences.length, 'sentence')}.`}
      </p>
      <Chart
        data={matrix}
        load={load}
        label={`Cosine similarity of ${counted(n, 'sentence')} with each other. Most alike: ${best.row + 1} and ${best.column + 1}, ${fixed(cosine(best), 2)}.`}
        class="heatmap"
        over={cursor}
      />
      <p class="actions legend muted" aria-hidden="true">
        ≤ 0 <span class="scale" /> 1
      </p>
      <dl class="pair">
        <dt>{at.row + 1}</dt>
        <dd class="clipped">{clip(sentences[at.row]!, 120)}</dd>
        <dt>{at.column + 1}</dt>
        <dd class="clipped">{clip(sentences[at.column]!, 120)}</dd>
        <dd class="cosine">{fixed(cosine(at), 4)}</dd>
      </dl>
    </>
  );
}

/** The pair of different sentences with the largest cosine; a single sentence with itself. */
function mostAlike({ n, values }: Matrix): Cell {
  let best = { row: 0, column: Math.min(1, n - 1) };
  for (let row = 0; row < n; row++) {
    for (let column = row + 1; column < n; column++) {
      if (values[row * n + column]! > values[best.row * n + best.column]!) best = { row, column };
    }
  }
  return best;
}

/** The nearest cell that an n × n heatmap has: the one before may have been larger. */
function inside({ row, column }: Cell, n: number): Cell {
  const clamp = (i: number) => Math.min(n - 1, Math.max(0, i));
  return { row: clamp(row), column: clamp(column) };
}

/**
 * The cell that a key leads to, as in the ARIA practices for grids; undefined for a key that leads nowhere.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/grid/
 */
function step({ key, ctrlKey }: KeyboardEvent, { row, column }: Cell, n: number): Cell | undefined {
  if (key === 'ArrowUp') return inside({ row: row - 1, column }, n);
  if (key === 'ArrowDown') return inside({ row: row + 1, column }, n);
  if (key === 'ArrowLeft') return inside({ row, column: column - 1 }, n);
  if (key === 'ArrowRight') return inside({ row, column: column + 1 }, n);
  if (key === 'Home') return { row: ctrlKey ? 0 : row, column: 0 };
  if (key === 'End') return { row: ctrlKey ? n - 1 : row, column: n - 1 };
  return undefined;
}
