import { useSignal } from '@preact/signals';
import { Chart } from '../../charts/Chart.tsx';
import { clip, counted, fixed } from '../../format.ts';
import { matrix, result, shownPairs } from '../state.ts';
import { Cells, type Place } from './Cells.tsx';
import type { Matrix } from './heatmap.ts';

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

function Heatmap({ matrix, sentences }: { matrix: Matrix; sentences: string[] }) {
  const pointed = useSignal<Place | undefined>(undefined);
  const reached = useSignal<Place | undefined>(undefined);
  const best = mostAlike(matrix);
  const nameOf = (at: Place) => name(matrix, sentences, at);
  const at = within(pointed.value ?? reached.value ?? best, matrix.n);
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
        label={describe(matrix, best)}
        class="heatmap"
        over={(width) => <Cells {...{ matrix, width, pointed, reached, best, nameOf }} />}
      />
      <p class="legend muted" aria-hidden="true">
        ≤ 0 <span class="scale" /> 1
      </p>
      <Pair matrix={matrix} sentences={sentences} at={at} />
    </>
  );
}

interface PairProps {
  matrix: Matrix;
  sentences: string[];
  at: Place;
}

/** The pair under the pointer, or that the keys have reached; else the two that are most alike. */
function Pair({ matrix, sentences, at }: PairProps) {
  const { row, column } = at;
  return (
    <dl class="pair">
      <dt>{row + 1}</dt>
      <dd>{clip(sentences[row]!, 120)}</dd>
      <dt>{column + 1}</dt>
      <dd>{clip(sentences[column]!, 120)}</dd>
      <dd class="cosine">{fixed(cosine(matrix, at), 4)}</dd>
    </dl>
  );
}

function name(matrix: Matrix, sentences: string[], at: Place): string {
  return `${fixed(cosine(matrix, at), 2)}: ${clip(sentences[at.row]!, 80)} – ${clip(sentences[at.column]!, 80)}`;
}

function cosine({ n, values }: Matrix, { row, column }: Place): number {
  return values[row * n + column]!;
}

/** A place of a matrix that was larger. */
function within({ row, column }: Place, n: number): Place {
  return { row: Math.min(row, n - 1), column: Math.min(column, n - 1) };
}

/** The different sentences with the largest cosine; with one sentence, itself. */
function mostAlike({ n, values }: Matrix): Place {
  let best = { row: 0, column: Math.min(1, n - 1) };
  for (let row = 0; row < n; row++) {
    for (let column = row + 1; column < n; column++) {
      if (values[row * n + column]! > values[best.row * n + best.column]!) best = { row, column };
    }
  }
  return best;
}

/** The chart in a sentence, for those who do not see it. */
function describe(matrix: Matrix, best: Place): string {
  return `Cosine similarity of ${counted(matrix.n, 'sentence')} with each other. Most alike: ${best.row + 1} and ${best.column + 1}, ${fixed(cosine(matrix, best), 2)}.`;
}
