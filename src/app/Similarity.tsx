import { useEffect, useRef, useState } from 'preact/hooks';
import { similarity } from '../similarity.ts';
import { clip, counted, fixed } from './format.ts';
import type { Matrix } from './heatmap.ts';
import { model, type Result, result, shownPairs } from './state.ts';
import { theme } from './theme.ts';

/** The chart's code is large: it comes in its own file, once the model is there. */
const chart = () => import('./heatmap.ts');

export function Similarity() {
  const hasModel = model.value !== undefined;
  useEffect(() => {
    // Fetched ahead: embedding itself makes no request. A failure is told when the chart is drawn.
    if (hasModel) chart().catch(() => {});
  }, [hasModel]);
  const done = result.value;
  return (
    <section class="card" aria-labelledby="similarity-title">
      <h2 id="similarity-title">Similarity</h2>
      {done ? <Heatmap done={done} /> : <p class="muted">Cosine of every pair, once there are embeddings.</p>}
    </section>
  );
}

function Heatmap({ done }: { done: Result }) {
  const place = useRef<HTMLDivElement>(null);
  const [pair, setPair] = useState<[number, number] | undefined>(undefined);
  const [failed, setFailed] = useState(false);
  const [matrix, setMatrix] = useState<Matrix | undefined>(undefined);
  const shade = theme.value;

  useEffect(() => {
    setPair(undefined);
    setMatrix(compare(done));
  }, [done]);

  useEffect(() => {
    const element = place.current!;
    if (!matrix) return;
    let drawnWidth = 0;
    const observer = new ResizeObserver(async () => {
      if (element.clientWidth === drawnWidth) return;
      drawnWidth = element.clientWidth;
      try {
        const { heatmap } = await chart();
        element.replaceChildren(heatmap(matrix, element, setPair));
      } catch {
        setFailed(true);
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
    // biome-ignore lint: placeholder
  }, [matrix, shade]);

  const total = done.sentences.length;
  return (
    <>
      <p class="muted">
        Cosine. Point at a cell for the pair.
        {total > shownPairs && ` The first ${shownPairs} of ${counted(total, 'sentence')}.`}
      </p>
      {failed ? (
        <p class="error">The chart could not be loaded. Reload the page.</p>
      ) : (
        <div ref={place} class="heatmap" role="img" aria-label={matrix && describe(matrix)} />
      )}
      <p class="legend muted" aria-hidden="true">
        0 <span class="scale" /> 1
      </p>
      <Pair pair={pair} done={done} matrix={matrix} />
    </>
  );
}
