import { clip, count, counted } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import { collect, save } from '../../save.ts';
import type { ExampleSet } from './data.ts';
import { undo } from './editing.ts';
import { csvLines } from './sources/csv.ts';
import { isBundled } from './sources/reading.ts';
import { isLocked, looking, past } from './state.ts';
import { foundCount, lookAtAll, lookFor } from './table.ts';

export function Tools({ set }: { set: ExampleSet }) {
  const last = past.value.at(-1);
  return (
    <>
      <div class="actions heading">
        <p class="grow name">
          {!isBundled(set.name) && <strong>{clip(set.name, 60)} </strong>}
          <span class="muted">
            {counted(set.rows.length, 'row')}
            {set.isEdited && ' · edited'}
          </span>
        </p>
        <Button
          label="Undo"
          // A disabled button would lose the keyboard's focus with the last change.
          aria-disabled={!last || isLocked.value}
          title={last ? `Take back: ${clip(last.what, 60)}` : 'Nothing to take back'}
          onClick={undo}
        />
        <Button label="Save as CSV" onClick={() => void saveCsv(set)} />
      </div>
      <p class="hidden" role="status">
        {last && `Changed: ${clip(last.what, 60)}.`}
      </p>
      <Search all={set.rows.length} />
    </>
  );
}

function Search({ all }: { all: number }) {
  const { word, only } = looking.value;
  const isAll = word === '' && !only;
  return (
    <div class="actions">
      <input
        type="search"
        class="grow"
        aria-label="Find rows"
        placeholder="Find a text or a label"
        value={word}
        onInput={({ currentTarget }) => lookFor(currentTarget.value)}
      />
      <span class="muted silent" role="status">
        {!isAll && `${count(foundCount.value)} of ${count(all)}${only ? `: ${only.name}` : ''}`}
      </span>
      {!isAll && <Button label="Show all" onClick={lookAtAll} />}
    </div>
  );
}

async function saveCsv({ name, columns, rows }: ExampleSet): Promise<void> {
  const file = name
    .replace(/\.\w{1,6}$/, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .toLowerCase();
  save(`${file || 'examples'}.csv`, await collect(csvLines(columns, rows), 'text/csv'));
}
