import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from '../../../parts/Button.tsx';
import { FileButton } from '../../../parts/FileButton.tsx';
import { set } from '../../../parts/set.ts';
import { startEmpty } from '../editing.ts';
import { examples, isLocked } from '../state.ts';
import { bundledSets, isBundled, readBundled, readFile, readPasted } from './reading.ts';

export function Sources() {
  const isPasting = useSignal(false);
  const box = useRef<HTMLTextAreaElement>(null);
  return (
    <fieldset class="stack" disabled={isLocked.value}>
      <legend class="hidden">Where the examples come from</legend>
      <div class="actions">
        <Sets />
        <FileButton
          label="Open file…"
          accept=".csv,.tsv,.tab,.txt,.jsonl,.ndjson,.json"
          onFile={(file) => void readFile(file)}
        />
        <Button
          label="Paste"
          aria-expanded={isPasting.value}
          aria-controls="paste"
          onClick={() => {
            isPasting.value = !isPasting.value;
            if (isPasting.value) queueMicrotask(() => box.current?.focus());
          }}
        />
      </div>
      <div id="paste" class="stack" hidden={!isPasting.value}>
        <Paste box={box} onRead={() => set(isPasting, false)} />
      </div>
    </fieldset>
  );
}

function Sets() {
  const now = examples.value?.name;
  const isOwn = now === undefined || !isBundled(now);
  return (
    <select
      class="sets"
      aria-label="Examples to begin with"
      value={isOwn ? '' : now}
      onChange={({ currentTarget }) => {
        const chosen = bundledSets.find(({ name }) => name === currentTarget.value);
        if (chosen) void readBundled(chosen);
        else if (currentTarget.value === 'nothing') startEmpty();
        // The choice follows the table, which changes only when reading has worked.
        currentTarget.value = isOwn ? '' : now;
      }}
    >
      {isOwn && (
        <option value="" disabled>
          Bundled sets
        </option>
      )}
      {bundledSets.map(({ name, what }) => (
        <optgroup key={name} label={what}>
          <option value={name}>{name}</option>
        </optgroup>
      ))}
      <optgroup label="an empty table">
        <option value="nothing">Start from nothing</option>
      </optgroup>
    </select>
  );
}

function Paste({ box, onRead }: { box: RefObject<HTMLTextAreaElement | null>; onRead: () => void }) {
  const use = async (isMore: boolean) => {
    const field = box.current!;
    const text = field.value;
    // A text that could not be read stays, so that the reader can mend it.
    if (!(await readPasted(text, { isMore }))) return;
    if (field.value === text) field.value = '';
    onRead();
  };
  return (
    <>
      <label for="pasted">Rows, the first with the names of the columns; or texts alone, one a line</label>
      <textarea id="pasted" ref={box} rows={6} spellcheck={false} placeholder={'text,topic,sentiment\n…'} />
      <div class="actions">
        <Button label="Use these rows" onClick={() => void use(false)} />
        {examples.value && <Button label="Add to the table" onClick={() => void use(true)} />}
        <span class="muted">Cells copied from a spreadsheet work as they are.</span>
      </div>
    </>
  );
}
