import type { ComponentChildren } from 'preact';
import { count, fixed } from '../format.ts';
import { load, model, modelName } from '../model/state.ts';
import { heads, printed, sentences } from './printed.ts';
import { runNotebook, stopNotebook } from './running.ts';
import { doing, outcome, results } from './state.ts';

export function Notebook() {
  return (
    <div class="column notebook">
      <section class="card" aria-labelledby="notebook-title">
        <h2 id="notebook-title">Notebook</h2>
        <p class="muted">
          Four tasks: encode sentences, train two heads on a shared encoder, freeze parts of it, train it
          layer by layer. They run on copies of {modelName.value} with its published weights; the model of the
          other views stays as it is. The notebook used {printed.model}: here the numbers differ because the
          model does.
        </p>
        <div class="actions">
          {doing.value === undefined ? (
            <button type="button" class="primary" disabled={!model.value} onClick={() => void runNotebook()}>
              Run tasks 1 to 4
            </button>
          ) : (
            <button type="button" class="primary" onClick={stopNotebook}>
              Stop
            </button>
          )}
        </div>
        <p role="status" class={outcome.value?.isError ? 'status error' : 'status'}>
          {doing.value === undefined ? (outcome.value?.text ?? readiness()) : `${doing.value} …`}
        </p>
      </section>
      <Encode />
      <MultiTask />
      <Freezing />
      <LayerWise />
    </div>
  );
}

function readiness(): string | undefined {
  const { kind } = load.value;
  if (kind === 'ready') return undefined;
  return kind === 'loading' ? 'The model is still loading.' : 'The tasks need the model: press Retry above.';
}

function Encode() {
  const { encoded } = results.value;
  const numbers = (values: readonly number[] | undefined, i: number) => (values ? fixed(values[i]!, 6) : '–');
  return (
    <Task
      title="Task 1: encode"
      what="Pooled over all tokens, padding included, and not normalized, as the notebook does."
    >
      <Comparison
        rows={[
          ['shape', printed.shape.join(' × '), encoded?.shape.join(' × ') ?? '–'],
          ...sentences.flatMap((sentence, i): Row[] => [
            [`mean of “${sentence}”`, numbers(printed.means, i), numbers(encoded?.means, i)],
            [`std of “${sentence}”`, numbers(printed.deviations, i), numbers(encoded?.deviations, i)],
          ]),
        ]}
      />
    </Task>
  );
}

function MultiTask() {
  const { multiTaskLosses } = results.value;
  const shapes = Object.entries(heads).map(([name, labels]) => `${name} Linear(${labels.length})`);
  return (
    <Task
      title="Task 2: two heads on one encoder"
      what={`First token → ${shapes.join(' and ')}; the sum of both cross-entropies, Adam with 1e−5 on everything, six sentences at once.`}
    >
      <Losses ours={multiTaskLosses} />
    </Task>
  );
}

function Freezing() {
  const { freezing } = results.value;
  return (
    <Task title="Task 3: freezing" what="What each scenario trains. The pooler never does: no head reads it.">
      {freezing ? (
        <div class="scroll">
          <table class="wide scenarios-table">
            <thead>
              <tr>
                <th scope="col">scenario</th>
                <th scope="col">trains</th>
                <th scope="col">parameters</th>
              </tr>
            </thead>
            <tbody>
              {freezing.map(({ scenario, trainable, groups, refusal }) => (
                <tr key={scenario}>
                  <th scope="row">{scenario}</th>
                  <td title={refusal}>{groups}</td>
                  <td>{count(trainable)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p class="muted">Not run yet.</p>
      )}
    </Task>
  );
}

function LayerWise() {
  const { layerWiseLosses } = results.value;
  return (
    <Task
      title="Task 4: rates by layer"
      what="Embeddings 1e−5, lower half 5e−5, upper half 1e−4, heads 1e−3, AdamW. The notebook began with other random heads and used dropout, which is off here: compare how the loss falls, not its digits."
    >
      <Losses theirs={printed.layerWiseLosses} ours={layerWiseLosses} />
    </Task>
  );
}

interface LossesProps {
  theirs?: readonly number[];
  ours?: readonly number[];
}

function Losses({ theirs, ours }: LossesProps) {
  const shown = (losses: readonly number[] | undefined, i: number) => (losses ? fixed(losses[i]!, 3) : '–');
  return (
    <Comparison rows={[0, 1, 2].map((i) => [`loss of epoch ${i + 1}`, shown(theirs, i), shown(ours, i)])} />
  );
}

interface TaskProps {
  title: string;
  what: string;
  children: ComponentChildren;
}

function Task({ title, what, children }: TaskProps) {
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      <p class="muted">{what}</p>
      {children}
    </section>
  );
}

type Row = [what: string, theirs: string, ours: string];

function Comparison({ rows }: { rows: Row[] }) {
  return (
    <table class="wide">
      <thead>
        <tr>
          <th scope="col">printed</th>
          <th scope="col">notebook</th>
          <th scope="col">here</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([what, theirs, ours]) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{theirs}</td>
            <td>{ours}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
