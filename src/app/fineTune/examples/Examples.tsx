import { clip, count, counted } from '../../format.ts';
import { Findings } from './Findings.tsx';
import { HeldOut } from './HeldOut.tsx';
import { Sources } from './sources/Sources.tsx';
import { dataNotice, examples, isLocked, reading } from './state.ts';
import { Table } from './Table.tsx';
import { Tasks } from './Tasks.tsx';
import { Tools } from './Tools.tsx';

const shownRejected = 100;

export function Examples() {
  const set = examples.value;
  return (
    <section class="card examples" aria-labelledby="examples-title">
      <h2 id="examples-title">
        <span class="number">1</span> Examples
      </h2>
      <p class="muted">
        One row a text, one column a task; a blank cell is skipped. Open or drop a CSV, TSV, JSONL or TXT
        file, paste rows, or write your own. Nothing leaves this tab.
      </p>
      <Sources />
      {reading.value && <p class="muted">Reading {clip(reading.value, 60)} …</p>}
      {dataNotice.value && (
        <p role="alert" class="status error">
          {dataNotice.value}
        </p>
      )}
      {isLocked.value && (
        <p class="locked" role="status">
          Locked while a run is on: it learns from these rows. Stop it, or let it finish, to change them.
        </p>
      )}
      {set && (
        <>
          <Tools set={set} />
          <Table />
          <HeldOut />
          <Tasks />
          <Findings />
          <Rejected rejected={set.rejected} />
        </>
      )}
    </section>
  );
}

function Rejected({ rejected }: { rejected: readonly { row: number; reason: string }[] }) {
  if (rejected.length === 0) return null;
  return (
    <details class="muted" open={rejected.length <= 3}>
      <summary>{counted(rejected.length, 'row')} left out in reading</summary>
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
