import { Exports } from '../embed/Exports.tsx';
import { result } from '../embed/state.ts';
import { runs } from '../fineTune/learning/runs.ts';
import { counted } from '../format.ts';
import { Button } from '../parts/Button.tsx';
import { collect, save } from '../save.ts';
import { metricsLines } from './metrics.ts';
import { settingsJson } from './settings.ts';

export function Session() {
  const embedded = result.value;
  const steps = runs.value.reduce((sum, run) => sum + run.steps.length, 0);
  return (
    <section class="card" aria-labelledby="session-title">
      <h2 id="session-title">From this tab</h2>
      <h3>Embeddings</h3>
      {embedded ? (
        <>
          <p class="muted">
            {embedded.embeddings.shape.join(' × ')}, by {embedded.model}
          </p>
          <Exports result={embedded} />
        </>
      ) : (
        <p class="muted">Nothing was embedded yet.</p>
      )}
      <h3>Runs</h3>
      <p class="muted">
        {runs.value.length === 0
          ? 'Nothing was trained yet.'
          : `${counted(runs.value.length, 'run')}, ${counted(steps, 'step')} in all`}
      </p>
      <div class="actions">
        <Button label="Metrics (CSV)" disabled={runs.value.length === 0} onClick={() => void saveMetrics()} />
        <Button label="Settings (JSON)" onClick={saveSettings} />
      </div>
    </section>
  );
}

async function saveMetrics(): Promise<void> {
  save('metrics.csv', await collect(metricsLines(runs.value), 'text/csv'));
}

function saveSettings(): void {
  save('settings.json', new Blob([settingsJson()], { type: 'application/json' }));
}
