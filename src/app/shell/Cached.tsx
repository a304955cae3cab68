import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type CachedModel, cachedModels, deleteCachedModel } from '../../worker/client.ts';
import { megabytes } from '../format.ts';
import { cacheNote, load, opening } from '../model/state.ts';

/** Models that this browser keeps, so that they need no network the next time. */
export function Cached() {
  const models = useSignal<readonly CachedModel[]>([]);
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
        {models.value.map((model) => (
          <li key={keyOf(model)}>
            <span class="grow sentence" title={keyOf(model)}>
              {nameOf(model)}
            </span>
            <span class="muted">{megabytes(model.bytes)}</span>
            <button
              type="button"
              aria-label={`Delete ${nameOf(model)} from this browser`}
              onClick={async ({ currentTarget }) => {
                // The button goes with what it deletes.
                currentTarget.closest<HTMLElement>('[popover]')?.focus();
                const { source, revision } = model;
                await deleteCachedModel(source, revision === undefined ? {} : { revision });
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

function keyOf({ source, revision }: CachedModel): string {
  return revision === undefined ? source : `${source}@${revision}`;
}

/** The folder's own name of a URL, the whole of a hub id with its revision. */
function nameOf(model: CachedModel): string {
  const key = keyOf(model);
  return /^\w+:/.test(key) ? (key.split('/').filter(Boolean).at(-1) ?? key) : key;
}
