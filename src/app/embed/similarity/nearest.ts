import { batch, effect, signal } from '@preact/signals';
import type { Embeddings } from '../../../types.ts';
import { similarity } from '../../../worker/client.ts';
import { messageOf } from '../../format.ts';
import { inSlices } from '../../map/slices.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { model } from '../../model/state.ts';
import { encoding, isStale, type Result, result } from '../state.ts';

/** Milliseconds without a key before a text is embedded. */
const rest = 250;
const shown = 5;
/** Rows that are compared before the page gets its turn. */
const portion = 500;

export const query = signal('stock market news');
type Near = { sentence: string; cosine: number };
/** Largest cosine first. */
export const nearest = signal<Near[]>([]);
export const nearestNotice = signal<string | undefined>(undefined);

/** Finds the nearest anew when the text or the result changes. While sentences are being embedded, it waits. */
export function followQuery(): () => void {
  let before: Result | undefined;
  return effect(() => {
    const text = query.value.trim();
    const of = result.value;
    if (encoding.value) return;
    if (!of || isStale.value || text === '') return show([]);
    const asking = new AbortController();
    const timer = setTimeout(() => void find(text, of, asking.signal), of === before ? rest : 0);
    before = of;
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  });
}

function show(found: Near[]): void {
  batch(() => {
    nearest.value = found;
    nearestNotice.value = undefined;
  });
}

async function find(text: string, of: Result, signal: AbortSignal): Promise<void> {
  const ready = model.peek();
  if (!ready) return;
  try {
    const { pooling, normalize, maxLength } = of;
    const asked = await ready.encode([text], { pooling, normalize, maxLength, signal });
    show(await inSlices(best(asked, of), signal));
  } catch (error) {
    if (signal.aborted) return;
    if (isGone(error)) await loseModel(ready, error);
    nearestNotice.value = messageOf(error);
  }
}

function* best(asked: Embeddings, { sentences, embeddings }: Result) {
  const [n, dimension] = embeddings.shape;
  let found: Near[] = [];
  for (let from = 0; from < n; from += portion) {
    const to = Math.min(n, from + portion);
    const rows = embeddings.data.subarray(from * dimension, to * dimension);
    const cosines = similarity(asked, { data: rows, shape: [to - from, dimension] }).data;
    const some = Array.from(cosines, (cosine, i) => ({ sentence: sentences[from + i]!, cosine }));
    found = [...found, ...some].sort((a, b) => b.cosine - a.cosine).slice(0, shown);
    yield;
  }
  return found;
}
