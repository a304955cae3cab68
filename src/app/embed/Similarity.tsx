import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clip, counted, fixed } from '../format.ts';
import { model } from '../model/state.ts';
import { theme } from '../theme.ts';
import type { Matrix, Place } from './heatmap.ts';
import { matrix, result, shownPairs } from './state.ts';

/** The chart's code is large: it comes in a file of its own, once the model is there. */
const chart = () => import('./heatmap.ts');

export function Similarity() {
  const hasModel = model.value !== undefined;
  useEffect(() => {
    // Fetched ahead, so that embedding makes no request. If that fails, drawing tries again and says so.
    if (hasModel) chart().catch(() => {});
  }, [hasModel]);
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

function Heatmap({ matrix, sentences }: { matrix: Matrix; sentences: string[] }) {
  const place = useRef<HTMLDivElement>(null);
  const pointed = useSignal<Place | undefined>(undefined);
  const hasFailed = useSignal(false);
  const shade = theme.value;

  useEffect(() => {
    const element = place.current!;
    pointed.value = undefined;
    let drawn = 0;
    const draw = async () => {
      // A hidden view has no width: what was drawn stays.
      if (element.clientWidth === 0 || element.clientWidth === drawn) return;
      drawn = element.clientWidth;
      try {
        const { heatmap } = await chart();
        element.replaceChildren(
          heatmap(matrix, element, (at) => {
            pointed.value = at;
          }),
        );
      } catch {
        hasFailed.value = true;
      }
    };
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [matrix, shade, pointed, hasFailed]);

  return (
    <>
      <p class="muted">
        Cosine. Point at a cell for its pair; else the most alike are named below.
        {sentences.length > shownPairs &&
          ` The first ${shownPairs} of ${counted(sentences.length, 'sentence')}.`}
      </p>
      {hasFailed.value && <p class="error">The chart’s code could not be fetched. Reload the page.</p>}
      <div ref={place} class="heatmap" role="img" aria-label={describe(matrix)} />
      <p class="legend muted" aria-hidden="true">
        ≤ 0 <span class="scale" /> 1
      </p>
      <Pair matrix={matrix} sentences={sentences} at={pointed.value ?? mostAlike(matrix)} />
    </>
  );
}

interface PairProps {
  matrix: Matrix;
  sentences: string[];
  at: Place;
}

/** The pair under the pointer; with none there, the two that are most alike. */
function Pair({ matrix: { n, values }, sentences, at: { row, column } }: PairProps) {
  return (
    <dl class="pair">
      <dt>{row + 1}</dt>
      <dd>{clip(sentences[row]!, 120)}</dd>
      <dt>{column + 1}</dt>
      <dd>{clip(sentences[column]!, 120)}</dd>
      <dd class="cosine">{fixed(values[row * n + column]!, 4)}</dd>
    </dl>
  );
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
function describe(matrix: Matrix): string {
  const { row, column } = mostAlike(matrix);
  const value = fixed(matrix.values[row * matrix.n + column]!, 2);
  return `Cosine similarity of ${counted(matrix.n, 'sentence')} with each other. Most alike: ${row + 1} and ${column + 1}, ${value}.`;
}
