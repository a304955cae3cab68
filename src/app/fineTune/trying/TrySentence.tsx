import { fixed } from '../../format.ts';
import { tasks } from '../examples/state.ts';
import { swatch } from '../swatch.ts';
import { heads } from '../what/state.ts';
import { answer, trial, trialNotice } from './state.ts';
import { type } from './trying.ts';

export function TrySentence() {
  return (
    <section class="card" aria-labelledby="try-title">
      <h2 id="try-title">
        <label for="trial">Try a sentence</label>
      </h2>
      <p class="muted" id="trial-hint">
        {heads.value.size === 0
          ? 'Each task gets a head when training starts; then they answer here.'
          : 'All heads answer as they learn.'}
      </p>
      <textarea
        id="trial"
        rows={2}
        spellcheck={false}
        aria-describedby="trial-hint"
        defaultValue={trial.peek()}
        onInput={({ currentTarget }) => type(currentTarget.value)}
      />
      {trialNotice.value && <p class="status error">{trialNotice.value}</p>}
      <Answer />
    </section>
  );
}

function Answer() {
  if (!answer.value) return null;
  const names = tasks.value.map(({ name }) => name);
  // Heads of other examples, trained before, answer too.
  const shown = Object.entries(answer.value);
  return (
    <div class="answers">
      {shown.map(([head, { labels, probabilities }]) => {
        const values = [...probabilities.data];
        const best = values.indexOf(Math.max(...values));
        const isCurrent = names.includes(head);
        return (
          <table key={head} class="answer">
            <caption class="muted">
              {head}
              {!isCurrent && ', of earlier examples'}
            </caption>
            <tbody>
              {labels.map((label, i) => (
                <tr key={label} class={i === best ? 'best' : undefined}>
                  <th scope="row">{label}</th>
                  <td>
                    <span class="bar">
                      <span style={{ width: `${100 * values[i]!}%`, ...swatch(head) }} />
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
