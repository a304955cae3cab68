import { clip, count, counted, duration, fixed, rate } from '../format.ts';
import { Exports } from './Exports.tsx';
import { rows, shownRows } from './rows.ts';
import { longestWord } from './sentences/sentences.ts';
import { encoding, isStale, type Result, result } from './state.ts';

export function EmbeddingsTable() {
  const done = result.value;
  const underWay = encoding.value;
  return (
    <section class="card" aria-labelledby="embeddings-title">
      <h2 id="embeddings-title">Embeddings</h2>
      {underWay ? (
        <>
          <p class="muted">
            {count(underWay.done)} of {count(underWay.sentences.length)} ×{' '}
            {underWay.data.length / underWay.sentences.length} so far
          </p>
          <Table total={underWay.sentences.length} />
        </>
      ) : done ? (
        <>
          <p class="muted">{summary(done)}</p>
          {isStale.value && (
            <p class="muted">
              The model has changed since: these are {done.model}’s vectors. Press Embed for new ones.
            </p>
          )}
          <Table total={done.sentences.length} />
          <Exports result={done} />
        </>
      ) : (
        <p class="muted">Press Embed: each sentence becomes a vector of numbers.</p>
      )}
    </section>
  );
}

function summary({ embeddings, milliseconds, steps }: Result): string {
  const [n, dimension] = embeddings.shape;
  const tokens = embeddings.tokens.reduce((sum, length) => sum + length, 0);
  const cut = embeddings.truncated.length;
  return [
    `${count(n)} × ${dimension}`,
    `${counted(tokens, 'token')} in ${duration(milliseconds)}`,
    `${rate((n / milliseconds) * 1000)} sentences / s`,
    ...(steps > 0 ? [`fine-tuned, ${counted(steps, 'step')}`] : []),
    ...(cut > 0 ? [`${count(cut)} cut`] : []),
  ].join(' · ');
}

function Table({ total }: { total: number }) {
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {['sentence', 'tokens', 'mean', 'std'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.value.map(({ sentence, tokens, numbers, isCut, hasLongWord }, i) => (
              <tr key={i}>
                <td>
                  <div class="named">
                    <span class="sentence" title={clip(sentence, 400)}>
                      {clip(sentence, 120)}
                    </span>
                    {isCut && (
                      <span class="badge" title={`Only the first ${tokens} tokens were used.`}>
                        cut
                      </span>
                    )}
                    {hasLongWord && (
                      <span
                        class="badge"
                        title={`A word of more than ${longestWord} letters counts as one unknown word, as in Python.`}
                      >
                        unknown word
                      </span>
                    )}
                  </div>
                </td>
                <td>{tokens ?? '…'}</td>
                <NumberCell value={numbers?.mean} />
                <NumberCell value={numbers?.deviation} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > shownRows && (
        <p class="muted">
          The first {shownRows} rows of {count(total)}. The files below hold all of them.
        </p>
      )}
    </>
  );
}

function NumberCell({ value }: { value: number | undefined }) {
  return value === undefined ? <td>…</td> : <td title={String(value)}>{fixed(value, 4)}</td>;
}
