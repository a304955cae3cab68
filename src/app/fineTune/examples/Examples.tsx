import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Dataset, DatasetTask } from '../../../worker/client.ts';
import { clip, count, counted } from '../../format.ts';
import { run, seed } from '../run/state.ts';
import { swatch } from '../swatch.ts';
import { doubt } from './data.ts';
import { bundled, readBundled, readFile, readPasted } from './reading.ts';
import { chosenTasks, dataNotice, reading, sizes, source, tasks, texts } from './state.ts';

/** Rows of the table, and rejected rows that are named. */
const shownTexts = 6;
const shownRejected = 100;

export function Examples() {
  return (
    <section
      class="card"
      aria-labelledby="examples-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file && !run.value) void readFile(file);
      }}
    >
      <h2 id="examples-title">
        <span class="number">1</span> Examples
      </h2>
      <p class="muted">
        One row a text; every other column is a task, and a blank cell is skipped. Open or drop a CSV, TSV or
        JSONL file, or paste rows. Nothing leaves this tab.
      </p>
      <Sources />
      {reading.value && <p class="muted">Reading {reading.value} …</p>}
      {dataNotice.value && (
        <p role="alert" class="status error">
          {dataNotice.value.text}
        </p>
      )}
      {source.value && (
        <>
          <p>
            <strong>{clip(source.value.name, 60)}</strong>
          </p>
          <Tasks dataset={source.value.dataset} />
          <Table />
          <Sizes />
          <Rejected dataset={source.value.dataset} />
        </>
      )}
    </section>
  );
}

function Sources() {
  const isPasting = useSignal(false);
  const box = useRef<HTMLTextAreaElement>(null);
  return (
    <fieldset class="stack" disabled={run.value !== undefined}>
      <legend class="hidden">Where the examples come from</legend>
      <div class="actions">
        <button type="button" onClick={() => void readBundled()}>
          {bundled.name}
        </button>
        <label class="button">
          Open file…
          <input
            type="file"
            class="hidden"
            accept=".csv,.tsv,.tab,.txt,.jsonl,.ndjson,.json"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) void readFile(file);
              // The same file can be opened again, once it was mended.
              currentTarget.value = '';
            }}
          />
        </label>
        <button
          type="button"
          aria-expanded={isPasting.value}
          onClick={() => {
            isPasting.value = !isPasting.value;
          }}
        >
          Paste
        </button>
      </div>
      <div class="stack" hidden={!isPasting.value}>
        <label for="pasted">Rows, the first with the names of the columns</label>
        <textarea id="pasted" ref={box} rows={6} spellcheck={false} placeholder={'text,topic,sentiment\n…'} />
        <div class="actions">
          <button type="button" onClick={() => void readPasted(box.current!.value)}>
            Use these rows
          </button>
        </div>
      </div>
    </fieldset>
  );
}

/** Which columns are learned. */
function Tasks({ dataset }: { dataset: Dataset }) {
  return (
    <fieldset class="actions" disabled={run.value !== undefined}>
      <legend class="hidden">Tasks to learn</legend>
      {dataset.tasks.map((task) => (
        <label key={task.name} class="chip" title={describe(task)}>
          <input
            type="checkbox"
            checked={tasks.value.includes(task)}
            disabled={task.labels.length < 2}
            onChange={({ currentTarget }) => {
              chosenTasks.value = { ...chosenTasks.value, [task.name]: currentTarget.checked };
            }}
          />
          {clip(task.name, 40)}
          <span class="muted">{doubt(task) ?? `${task.labels.length} labels`}</span>
        </label>
      ))}
    </fieldset>
  );
}

function describe({ labels, counts }: DatasetTask): string {
  return labels
    .slice(0, 20)
    .map((label, i) => `${label}: ${count(counts[i]!)}`)
    .join(', ');
}

function Table() {
  const names = tasks.value.map(({ name }) => name);
  return (
    <div class="scroll">
      <table class="examples">
        <thead>
          <tr>
            <th scope="col">text</th>
            {names.map((name) => (
              <th key={name} scope="col">
                <span class="swatch" style={swatch(name)} />
                {clip(name, 20)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {texts.value.slice(0, shownTexts).map(({ text, labels }, row) => (
            <tr key={row}>
              <td>
                <div class="sentence" title={clip(text, 400)}>
                  {clip(text, 160)}
                </div>
              </td>
              {names.map((name) => (
                <td key={name}>
                  {Object.hasOwn(labels, name) ? <span class="label">{clip(labels[name]!, 24)}</span> : '–'}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Sizes() {
  const { training, heldOut } = sizes.value;
  const all = texts.value.length;
  if (tasks.value.length === 0) return <p class="status error">No task is chosen: nothing can be learned.</p>;
  return (
    <p class="muted">
      {counted(all, 'text')}
      {all > shownTexts && `, the first ${shownTexts} above`} · {count(training)} train,{' '}
      {heldOut > 0
        ? `${count(heldOut)} held out (stratified, seed ${seed.value})`
        : 'none held out: there are too few to spare one of each label'}
    </p>
  );
}

function Rejected({ dataset: { rejected } }: { dataset: Dataset }) {
  if (rejected.length === 0) return null;
  return (
    <details class="muted" open={rejected.length <= 3}>
      <summary>{counted(rejected.length, 'row')} left out</summary>
      <ul>
        {rejected.slice(0, shownRejected).map(({ row, reason }, i) => (
          <li key={i}>
            Row {count(row)}: {reason}
          </li>
        ))}
        {rejected.length > shownRejected && <li>and {count(rejected.length - shownRejected)} more</li>}
      </ul>
    </details>
  );
}
