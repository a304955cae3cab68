import { useEffect } from 'preact/hooks';
import { count, counted, duration } from '../format.ts';
import { MeaningMap } from '../map/MeaningMap.tsx';
import { Button } from '../parts/Button.tsx';
import {
  fewestForUmap,
  followResult,
  type Layout,
  map,
  mapNotice,
  mostDots,
  showPca,
  showUmap,
  stopUmap,
  umapProgress,
} from './mapping.ts';

export function MapCard() {
  useEffect(() => followResult(), []);
  const now = map.value;
  return (
    <section class="card" aria-labelledby="map-title">
      <div class="actions between">
        <h2 id="map-title">Map of meaning</h2>
        {now && <Layouts />}
      </div>
      {now ? (
        <>
          <p class="muted">{describe(now.layout, now.of.sentences.length)}</p>
          <MeaningMap
            cloud={now.cloud}
            label={`Map of ${counted(now.cloud.sentences.length, 'sentence')} by meaning, laid out by ${now.layout.kind.toUpperCase()}.`}
          />
        </>
      ) : (
        <p class="muted">Sentences that mean similar things lie close together, once they are embedded.</p>
      )}
      <Progress />
    </section>
  );
}

function Layouts() {
  const { of, cloud, layout } = map.value!;
  const n = cloud.sentences.length;
  const isFew = n < fewestForUmap;
  return (
    <fieldset class="switch">
      <legend class="hidden">Layout of the map</legend>
      <Button label="PCA" aria-pressed={layout.kind === 'pca'} onClick={() => void showPca(of)} />
      <Button
        label="UMAP"
        aria-pressed={layout.kind === 'umap'}
        disabled={isFew}
        title={isFew ? `UMAP needs ${fewestForUmap} sentences.` : `Takes ${expected(n)}.`}
        onClick={() => {
          if (layout.kind !== 'umap' && !umapProgress.value) void showUmap(of);
        }}
      />
    </fieldset>
  );
}

function Progress() {
  const under = umapProgress.value;
  return (
    <>
      {under && (
        <div class="encoding">
          <progress aria-label="UMAP" max={1} value={under.part} />
          <span class="muted">{left(under)}</span>
          <Button label="Stop UMAP" onClick={stopUmap} />
        </div>
      )}
      <p role="status" class={mapNotice.value?.isError ? 'error' : 'hidden'}>
        {mapNotice.value?.text}
      </p>
    </>
  );
}

/** Says the time left, once a tenth is done. Before, neighbours are searched, which tells nothing about the rest. */
function left({ part, milliseconds }: { part: number; milliseconds: number }): string {
  return part < 0.1 ? 'UMAP …' : `UMAP, ${duration((milliseconds / part) * (1 - part))} left`;
}

function expected(n: number): string {
  if (n <= 100) return 'about a second';
  return n <= 800 ? 'a few seconds' : 'about half a minute';
}

function describe(layout: Layout, n: number): string {
  const of = n > mostDots ? ` The first ${count(mostDots)} of ${counted(n, 'sentence')}.` : '';
  if (layout.kind === 'umap') return `UMAP by cosine, in ${duration(layout.milliseconds)}.${of}`;
  const share = Math.round(100 * (layout.explained[0] + layout.explained[1]));
  return `PCA of the embeddings: ${share} % of the variance.${of}`;
}
