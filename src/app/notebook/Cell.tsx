import { duration } from '../format.ts';
import { model } from '../model/state.ts';
import { Button } from '../parts/Button.tsx';
import { Code, Copy } from './Code.tsx';
import { type CellId, factsOf, numberOf } from './cells.ts';
import { chain } from './chain.ts';
import { Output } from './Output.tsx';
import { runCell, stopCells } from './running.ts';
import { has, runs, sweep } from './state.ts';
import type { CellStory } from './story.ts';

export function Cell({ story }: { story: CellStory }) {
  const { id, title, before } = story;
  const { code } = factsOf(id);
  const number = numberOf(id);
  const run = runs.value[id];
  const now = sweep.value;
  const isRunning = run?.kind === 'running';
  const name = `cell ${number}: ${title}`;
  return (
    <>
      {before.split('\n').map((text) => (
        <p key={text}>{text}</p>
      ))}
      <section class="card notebook-cell" aria-labelledby={`cell-${id}`} aria-busy={isRunning}>
        <div class="actions between titled">
          <h4 id={`cell-${id}`}>
            <span class="place">
              <span class="hidden">Cell </span>
              {number}
            </span>
            {title}
          </h4>
          <div class="actions">
            <span class="muted state">{stateText(id)}</span>
            <Copy text={code} label={`Copy the code of ${name}`} />
            <Button
              label={isRunning ? 'Stop' : 'Run'}
              class="run"
              aria-label={`${isRunning ? 'Stop' : 'Run'} ${name}`}
              disabled={isRunning ? now?.isStopping : now !== undefined || !model.value}
              onClick={() => (isRunning ? stopCells() : void runCell(id))}
            />
          </div>
        </div>
        <Code code={code} />
        <Output story={story} run={run} />
      </section>
    </>
  );
}

/** Says how the cell's run stands, and which cells a new run would begin with. */
function stateText(id: CellId): string {
  const now = sweep.value;
  const run = runs.value[id];
  if (run?.kind === 'running') return 'running …';
  if (now?.steps.slice(now.done + 1).includes(id)) return 'waits';
  const time = run?.kind === 'done' ? [duration(run.milliseconds ?? 0)] : [];
  const first = [...new Set(chain([id], has.value).slice(0, -1))].map(numberOf).sort((a, b) => a - b);
  if (first.length > 0) {
    const numbers = new Intl.ListFormat('en').format(first.map(String));
    time.push(`runs ${first.length === 1 ? 'cell' : 'cells'} ${numbers} first`);
  }
  return time.join(' · ');
}
