import { fixed } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import { labelColor } from '../colors.ts';
import { tasks } from '../examples/state.ts';
import { run } from '../run/state.ts';
import { heads } from '../what/state.ts';
import { answer, remove, trial, trialNotice, type } from './trying.ts';

export function TrySentence() {
  return (
    <section class="card" aria-labelledby="try-title">
      <h2 id="try-title">
        <label for="trial">Try a sentence</label>
      </h2>
      <p class="muted" id="trial-hint">
        {hint()}
      </p>
      <textarea
        id="trial"
        rows={2}
        spellcheck={false}
        aria-describedby="trial-hint"
        defaultValue={trial.peek()}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      <p role="status" class={trialNotice.value ? 'status error' : 'hidden'}>
        {trialNotice.value}
      </p>
      <Answer />
    </section>
  );
}

function hint(): string {
  const { size } = heads.value;
  if (size === 0) return 'Each task gets a head when training starts; then they answer here.';
  if (size === 1) return 'The head answers as it learns.';
  return size === 2 ? 'Both heads answer as they learn.' : 'All heads answer as they learn.';
}

function Answer() {
  if (!answer.value) return null;
  const names = tasks.value.map(({ name }) => name);
  // Heads that were trained on other examples answer, too.
  return (
    <div class="answers">
      {Object.entries(answer.value).map(([head, { labels, probabilities }]) => {
        const values = [...probabilities.data];
        const best = values.indexOf(Math.max(...values));
        return (
          <table key={head} class="answer">
            <caption class="muted">
              {head}
              {!names.includes(head) && <OldHead name={head} />}
            </caption>
            <tbody>
              {labels.map((label, i) => (
                <tr key={label} class={i === best ? 'best' : undefined}>
                  <th scope="row">{label}</th>
                  <td>
                    <span class="bar">
                      <span style={{ width: `${100 * values[i]!}%`, background: labelColor(head, label) }} />
                    </span>
                  </td>
                  <td>{fixed(values[i]!, 2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        );
      })}
    </div>
  );
}

function OldHead({ name }: { name: string }) {
  return (
    <>
      , of other examples{' '}
      <Button
        label="remove"
        class="link"
        aria-label={`Remove the head ${name}`}
        disabled={run.value !== undefined}
        title={run.value ? 'Not while a run is on' : undefined}
        onClick={() => void remove(name)}
      />
    </>
  );
}
