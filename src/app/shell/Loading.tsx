import { megabytes } from '../format.ts';
import { cancelLoading, loadModel } from '../model/loading.ts';
import { type Load, load, modelName } from '../model/state.ts';

/** Part of the bar that the download takes; compiling takes the rest. */
const downloadShare = 0.9;

/** The model's way into the page: one bar with Cancel; Retry where it ended early. */
export function Loading() {
  const state = load.value;
  if (state.kind === 'loading') return <Bar state={state} />;
  if (state.kind !== 'stopped' && state.kind !== 'failed') return null;
  return (
    <section class="card loading" aria-label="Loading the model">
      <p role="alert" class={state.kind === 'failed' ? 'error' : undefined}>
        {state.kind === 'failed'
          ? state.message
          : 'Loading was cancelled. Without the model nothing can be embedded.'}
      </p>
      <button type="button" class="primary" onClick={() => void loadModel()}>
        Retry
      </button>
    </section>
  );
}

function Bar({ state }: { state: Extract<Load, { kind: 'loading' }> }) {
  const { loaded, total, compiled, kernels } = state;
  const downloaded = total > 0 ? loaded / total : 0;
  const done = downloadShare * downloaded + (1 - downloadShare) * (kernels > 0 ? compiled / kernels : 0);
  return (
    <section class="card loading" aria-label="Loading the model">
      <p>
        <strong>Loading {modelName}</strong> <span class="muted">{stage(state)}</span>
      </p>
      <progress aria-label="Loading the model" max={1} value={done} />
      <button type="button" onClick={cancelLoading}>
        Cancel
      </button>
    </section>
  );
}

function stage({ loaded, total, compiled, kernels }: Extract<Load, { kind: 'loading' }>): string {
  if (total === 0) return 'starting …';
  if (loaded < total) return `${megabytes(loaded, 1)} of ${megabytes(total, 1)}`;
  return kernels > 0 ? `preparing the GPU, ${compiled} of ${kernels} kernels` : 'preparing the GPU …';
}
