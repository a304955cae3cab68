import { useEffect } from 'preact/hooks';
import { megabytes } from '../format.ts';
import { chosen, load, model } from '../model/state.ts';
import { Button } from '../parts/Button.tsx';
import { Cell } from './Cell.tsx';
import { numberOf } from './cells.ts';
import { runAll, stopCells, watchCopy } from './running.ts';
import { copyBytes, outcome, sweep } from './state.ts';
import { chapters, notebookModel } from './story.ts';

export function Notebook() {
  useEffect(watchCopy, []);
  return (
    <article class="notebook" aria-labelledby="notebook-title">
      <h2 id="notebook-title">Notebook</h2>
      <p>
        This page follows a Python notebook through its four tasks: encode sentences, train two heads on one
        encoder, choose what of the model to train, and train every depth at a rate of its own. Each cell
        shows the code that its Run button runs, written with tabgrad, and below it what it prints here beside
        what the notebook printed.
      </p>
      <p>
        The notebook used {notebookModel}, this page uses {chosen.value.name}, so digits differ; each cell
        says where else a difference comes from.
      </p>
      <Control />
      {chapters.map(({ title, cells }, i) => (
        <section key={title} aria-labelledby={`chapter-${i}`}>
          <h3 id={`chapter-${i}`}>{title}</h3>
          {cells.map((story) => (
            <Cell key={story.id} story={story} />
          ))}
        </section>
      ))}
    </article>
  );
}

function Control() {
  const now = sweep.value;
  return (
    <div class="card control">
      <div class="actions">
        <Button
          label={now ? 'Stop' : 'Run all'}
          class="primary"
          disabled={!now && !model.value}
          onClick={() => (now ? stopCells() : void runAll())}
        />
        <p role="status" class={outcome.value?.isError && !now ? 'status grow error' : 'status grow'}>
          {statusText()}
        </p>
      </div>
      {now && (
        <progress aria-label="Cells that have run" max={now.steps.length} value={now.done + now.fraction} />
      )}
      <p class="muted">{footing()}</p>
    </div>
  );
}

function statusText(): string {
  const now = sweep.value;
  if (now?.isStopping) return 'Stopping …';
  if (now) {
    const step = now.steps.length > 1 ? ` (step ${now.done + 1} of ${now.steps.length})` : '';
    return `Running cell ${numberOf(now.steps[now.done]!)}${step} …`;
  }
  if (outcome.value) return outcome.value.text;
  const { kind } = load.value;
  if (kind === 'ready') return '';
  return kind === 'loading'
    ? 'The model is still loading. Cells can run once it is there.'
    : 'Cells need a model, and there is none: see the top of the page.';
}

function footing(): string {
  if (copyBytes.value > 0) {
    return `The copy of the model takes ${megabytes(copyBytes.value)} of GPU memory, until you leave this view.`;
  }
  return model.value?.adapter.isSoftware
    ? 'There is no GPU here: all cells together may take some minutes, longer while another view is at work.'
    : 'The cells work on a copy of the model, which takes GPU memory until you leave this view.';
}
