import { clip, counted, fixed } from '../../format.ts';
import { labelColor } from '../colors.ts';
import { answers, mistakes } from './answers.ts';

export function Mistakes() {
  return (
    <section class="card" aria-labelledby="mistakes-title">
      <h2 id="mistakes-title">Worst mistakes</h2>
      {!answers.value ? (
        <p class="muted">The held-out texts that are taken for something else, the surest first.</p>
      ) : mistakes.value.length === 0 ? (
        <p class="muted">None: {allRight()}.</p>
      ) : (
        <List />
      )}
    </section>
  );
}

function allRight(): string {
  return answers
    .value!.map(({ task, count }) => `${counted(count, 'held-out text')} right by ${task}`)
    .join(', ');
}

function List() {
  return (
    <table class="mistakes">
      <thead>
        <tr>
          {['text', 'label → answer', 'how sure'].map((name) => (
            <th key={name} scope="col">
              <span class="hidden">{name}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {mistakes.value.map(({ text, label, predicted, probability, head }) => (
          <tr key={`${head.task} ${text}`}>
            <td>“{clip(text, 64)}”</td>
            <td>
              {head.labels[label]} →{' '}
              <b style={{ color: labelColor(head.task, head.labels[predicted]!) }}>
                {head.labels[predicted]}
              </b>
            </td>
            <td>{fixed(probability, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
