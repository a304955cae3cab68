import { chosen } from '../model/state.ts';
import type { CellRun } from './state.ts';
import { type CellStory, notebookModel } from './story.ts';

export function Output({ story: { printed, note }, run }: { story: CellStory; run: CellRun | undefined }) {
  return (
    <>
      <div class={printed ? 'outputs two' : 'outputs'}>
        <figure class="ours">
          <figcaption>
            Here <span class="muted">{run?.model ?? chosen.value.name}</span>
          </figcaption>
          {run && run.lines.length > 0 && <pre class="printed">{run.lines.join('\n')}</pre>}
          {run?.error !== undefined && <p class="error">{run.error}</p>}
          {run?.kind === 'stopped' && <p class="muted">Stopped.</p>}
          {run?.kind === 'running' && run.lines.length === 0 && <p class="muted">Running …</p>}
          {!run && <p class="muted">Not run yet.</p>}
        </figure>
        {printed && (
          <figure class="theirs">
            <figcaption>
              The notebook <span class="muted">{notebookModel}</span>
            </figcaption>
            <pre class="printed">{printed.join('\n')}</pre>
          </figure>
        )}
      </div>
      {note && <p class="muted">{note}</p>}
    </>
  );
}
