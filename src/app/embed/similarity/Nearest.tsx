import { useEffect } from 'preact/hooks';
import { clip, fixed } from '../../format.ts';
import { set } from '../../parts/set.ts';
import { encoding, isStale, result } from '../state.ts';
import { followQuery, nearest, nearestNotice, query } from './nearest.ts';

export function Nearest() {
  useEffect(() => followQuery(), []);
  const said = nearestNotice.value ?? hint();
  return (
    <section class="card" aria-labelledby="nearest-title">
      <h2 id="nearest-title">
        <label for="query">Find the nearest</label>
      </h2>
      <input
        id="query"
        class="wide"
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        aria-describedby="nearest-hint"
        onInput={({ currentTarget }) => set(query, currentTarget.value)}
      />
      <List />
      <p class={nearestNotice.value ? 'error' : 'muted'} id="nearest-hint" hidden={said === ''}>
        {said}
      </p>
      <p class="hidden" role="status">
        {nearest.value.length > 0 &&
          `Nearest: ${clip(nearest.value[0]!.sentence, 80)}, ${fixed(nearest.value[0]!.cosine, 2)}`}
      </p>
    </section>
  );
}

function List() {
  if (nearest.value.length === 0) return null;
  return (
    <ol class="nearest plain" aria-label="Nearest sentences, with their cosines">
      {nearest.value.map(({ sentence, cosine }, i) => (
        <li key={i}>
          <span class="sentence" title={clip(sentence, 400)}>
            {clip(sentence, 160)}
          </span>
          <span class="bar">
            <span style={{ width: `${100 * Math.min(1, Math.max(0, cosine))}%` }} />
          </span>
          <span class="value">{fixed(cosine, 3)}</span>
        </li>
      ))}
    </ol>
  );
}

function hint(): string {
  if (isStale.value)
    return 'The model has changed since these sentences were embedded. Press Embed to compare with it.';
  if (encoding.value) return 'Waits until the sentences are embedded.';
  if (!result.value)
    return 'Which of the sentences is closest in meaning to this text, once they are embedded.';
  return query.value.trim() === '' ? 'Write a text: the sentences closest to it in meaning are listed.' : '';
}
