import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { cachedModels, deleteCachedModel } from '../../worker/client.ts';
import { megabytes } from '../format.ts';
import { cacheNote, load, opening } from '../model/state.ts';

/** Models that this browser keeps, so that they need no network the next time. */
export function Cached() {
  const models = useSignal<Awaited<ReturnType<typeof cachedModels>>>([]);
  const list = async () => {
    models.value = await cachedModels();
  };
  // After each model that has come there may be one more.
  useEffect(() => void list(), [load.value, opening.value === undefined]);
  if (models.value.length === 0) return cacheNote.value ? <p class="muted">{cacheNote.value}</p> : null;
  return (
    <>
      <h3>Kept in this browser</h3>
      <ul class="plain cached">
        {models.value.map(({ source, bytes }) => (
          <li key={source}>
            <span class="grow sentence" title={source}>
              {nameOf(source)}
            </span>
            <span class="muted">{megabytes(bytes)}</span>
            <button
              type="button"
              aria-label={`Delete ${nameOf(source)} from this browser`}
              onClick={async () => {
                await deleteCachedModel(source);
                await list();
              }}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
      {cacheNote.value && <p class="muted">{cacheNote.value}</p>}
    </>
  );
}

/** The folder's own name of a URL, the whole of a hub id. */
function nameOf(source: string): string {
  return /^\w+:/.test(source) ? (source.split('/').filter(Boolean).at(-1) ?? source) : source;
}
