import { useSignal } from '@preact/signals';
import { Chart } from '../../charts/Chart.tsx';
import { clip, counted, fixed } from '../../format.ts';
import { matrix, result, shownPairs } from '../state.ts';
import { CellCursor, inside, type Place } from './CellCursor.tsx';
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

/** The heatmap. Below it stands the pair that the pointer or the keys are at, else the pair that is most alike. */
function Heatmap({ matrix, sentences }: { matrix: Matrix; sentences: string[] }) {
  const pointed = useSignal<Place | undefined>(undefined);
  const reached = useSignal<Place | undefined>(undefined);
  const { n } = matrix;
  const best = mostAlike(matrix);
  const cosine = ({ row, column }: Place) => matrix.values[row * n + column]!;
  const nameOf = (at: Place) =>
    `${fixed(cosine(at), 2)}: ${clip(sentences[at.row]!, 80)} – ${clip(sentences[at.column]!, 80)}`;
  const at = inside(pointed.value ?? reached.value ?? best, n);
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
        over={(width) => <CellCursor {...{ n, width, pointed, reached, best, nameOf }} />}
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
function mostAlike({ n, values }: Matrix): Place {
  let best = { row: 0, column: Math.min(1, n - 1) };
  for (let row = 0; row < n; row++) {
    for (let column = row + 1; column < n; column++) {
      if (values[row * n + column]! > values[best.row * n + best.column]!) best = { row, column };
    }
  }
  return best;
}
