import { shade } from '../colors.ts';
import { answers, type HeadAnswers } from './answers.ts';

export function Confusion() {
  return (
    <section class="card" aria-labelledby="confusion-title">
      <h2 id="confusion-title">Confusion</h2>
      {answers.value && answers.value.length > 0 ? (
        <>
          <p class="muted">Held-out texts by their label (row) and the head’s answer (column).</p>
          <div class="matrices">
            {answers.value.map((head) => (
              <Matrix key={head.task} head={head} />
            ))}
          </div>
        </>
      ) : (
        <p class="muted">For each task, what the held-out texts are taken for.</p>
      )}
    </section>
  );
}

function Matrix({ head: { task, labels, count, right, confusion } }: { head: HeadAnswers }) {
  const n = labels.length;
  return (
    <div class="sideways">
      <table class="confusion">
        <caption>
          <b>{task}</b>{' '}
          <span class="muted">
            {right} of {count} right
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">label</span>
            </th>
            {labels.map((label) => (
              <th key={label} scope="col" title={label}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labels.map((label, row) => {
            const cells = confusion.subarray(row * n, (row + 1) * n);
            const total = cells.reduce((sum, value) => sum + value, 0);
            return (
              <tr key={label}>
                <th scope="row" title={label}>
                  {label}
                </th>
                {labels.map((answer, column) => (
                  <td
                    key={answer}
                    class={row === column ? 'right' : undefined}
                    style={{ background: shade(cells[column]! / total, row === column) }}
                  >
                    {cells[column]}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
