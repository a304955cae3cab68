import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clip, counted, fixed } from './format.ts';
import type { Matrix } from './heatmap.ts';
import { matrix, model, result, shownPairs } from './state.ts';
import { theme } from './theme.ts';

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
  const pair = useSignal<{ row: number; column: number } | undefined>(undefined);
  const hasFailed = useSignal(false);
  const shade = theme.value;

  useEffect(() => {
    const element = place.current!;
    pair.value = undefined;
    let drawn = 0;
    const draw = async () => {
      if (element.clientWidth === drawn) return;
      drawn = element.clientWidth;
      try {
        const { heatmap } = await chart();
        element.replaceChildren(
          heatmap(matrix, element, (at) => {
            pair.value = at;
          }),
        );
      } catch {
        hasFailed.value = true;
      }
    };
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [matrix, shade, pair, hasFailed]);

  return (
    <>
      <p class="muted">
        Cosine. Point at a cell for the pair.
        {sentences.length > shownPairs &&
          ` The first ${shownPairs} of ${counted(sentences.length, 'sentence')}.`}
      </p>
      {hasFailed.value && <p class="error">The chart’s code could not be fetched. Reload the page.</p>}
      <div ref={place} class="heatmap" role="img" aria-label={describe(matrix)} />
      <p class="legend muted" aria-hidden="true">
        0 <span class="scale" /> 1
      </p>
      <div class="pair">
        {pair.value && (
          <>
            <strong>{fixed(matrix.values[pair.value.row * matrix.n + pair.value.column]!, 4)}</strong>
            <span>{clip(sentences[pair.value.row]!, 120)}</span>
            <span>{clip(sentences[pair.value.column]!, 120)}</span>
          </>
        )}
      </div>
    </>
  );
}

/** The chart in a sentence, for those who do not see it. */
function describe({ n, values }: Matrix): string {
  const title = `Cosine similarity of ${counted(n, 'sentence')} with each other.`;
  if (n < 2) return title;
  let [row, column] = [0, 1];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (values[i * n + j]! > values[row * n + column]!) [row, column] = [i, j];
    }
  }
  return `${title} Most alike: ${row + 1} and ${column + 1}, ${fixed(values[row * n + column]!, 2)}.`;
}
