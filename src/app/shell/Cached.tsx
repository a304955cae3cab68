import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type CachedModel, cachedModels, deleteCachedModel, keepCachedModels } from '../../worker/client.ts';
import { megabytes, messageOf } from '../format.ts';
import { hubText } from '../model/choice.ts';
import { cacheNote, load, opening } from '../model/state.ts';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import { isMenuOpen } from './asking.ts';

/** Lists the models that this browser keeps, so that they need no network the next time. */
export function Cached() {
  const models = useSignal<readonly CachedModel[]>([]);
  /** The browser's word about its storage; a field is missing where it says nothing. */
  const room = useSignal<{ quota?: number | undefined; isSafe?: boolean }>({});
  const answer = useSignal('');
  const list = async () => {
    [models.value, room.value] = await Promise.all([cachedModels(), lookForRoom().catch(() => ({}))]);
  };
  const ask = async () => {
    answer.value = (await keepCachedModels())
      ? ''
      : 'The browser does not promise it: a page that is visited often may get more.';
    await list();
  };
  // The list is read anew when a model has come, and when the menu opens: another tab may have deleted some.
  useEffect(() => void list(), [load.value, opening.value === undefined, isMenuOpen.value]);
  const note = cacheNote.value && <p class="muted">{cacheNote.value}</p>;
  if (models.value.length === 0) return <>{note}</>;
  const { quota, isSafe } = room.value;
  return (
    <>
      <h3>Kept in this browser</h3>
      <ul class="plain cached">
        {models.value.map((model) => (
          <Kept key={keyOf(model)} model={model} onDeleted={list} />
        ))}
      </ul>
      <p class="muted">
        {megabytes(models.value.reduce((sum, { bytes }) => sum + bytes, 0))} in all
        {quota !== undefined && `; the browser gives this page up to ${gigabytes(quota)}`}.{' '}
        {isSafe === true && 'It stays until you delete it.'}
        {isSafe === false && (
          <>
            When the disk gets full the browser may clear it.{' '}
            <Button label="Ask it to keep it" class="link" onClick={() => void ask()} />
          </>
        )}
      </p>
      <p role="status" class={answer.value ? 'muted' : 'hidden'}>
        {answer.value}
      </p>
      {note}
    </>
  );
}

async function lookForRoom() {
  const { storage } = navigator;
  const [{ quota }, isSafe] = await Promise.all([storage.estimate(), storage.persisted()]);
  return { quota, isSafe };
}

function Kept({ model, onDeleted }: { model: CachedModel; onDeleted: () => Promise<void> }) {
  const problem = useSignal('');
  const key = keyOf(model);
  // The last folder of a URL; a hub id as a whole, with its revision.
  const name = /^\w+:/.test(key) ? (key.split('/').filter(Boolean).at(-1) ?? key) : key;
  return (
    <li>
      <span class="grow sentence" title={key}>
        {name}
      </span>
      <span class="muted">{megabytes(model.bytes)}</span>
      <Button
        label="Delete"
        aria-label={`Delete ${name} from this browser`}
        onClick={async ({ currentTarget }) => {
          // The button goes away with the model, so the menu takes the focus.
          currentTarget.closest<HTMLElement>('[popover]')?.focus();
          const { source, revision } = model;
          try {
            await deleteCachedModel(source, revision === undefined ? {} : { revision });
            await onDeleted();
          } catch (error) {
            problem.value = messageOf(error);
          }
        }}
      />
      <Problem text={problem.value} />
    </li>
  );
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? megabytes(bytes) : `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}

function keyOf({ source, revision }: CachedModel): string {
  return hubText({ name: source, revision });
}
