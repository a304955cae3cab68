import { megabytes } from '../format.ts';
import { cancelLoading, openModel } from '../model/loading.ts';
import { chosen, load, opening, type Progress, progress } from '../model/state.ts';
import type { Trouble } from '../model/trouble.ts';
import { Button } from '../parts/Button.tsx';
import { NoticeCard } from '../parts/NoticeCard.tsx';
import { Steps } from './Steps.tsx';

/** Part of the bar that the download takes; compiling takes the rest. */
const downloadShare = 0.9;

/** Shows how far a model has come, with Cancel; where it ended early, what went wrong, with Retry. */
export function Loading() {
  const state = load.value;
  const other = opening.value;
  const { name } = chosen.value;
  if (other?.trouble) {
    return (
      <TroubleCard
        trouble={other.trouble}
        note={`${other.choice.name} was not opened. ${name} is still here.`}
      >
        <Button label="Close" onClick={cancelLoading} />
      </TroubleCard>
    );
  }
  if (other) return <Bar name={other.choice.name} />;
  if (state.kind === 'loading') return <Bar name={name} />;
  const retry = <Button label="Retry" class="primary" onClick={() => void openModel()} />;
  if (state.kind === 'failed') return <TroubleCard trouble={state.trouble}>{retry}</TroubleCard>;
  if (state.kind !== 'stopped') return null;
  return (
    <NoticeCard class="loading" label="Loading the model">
      <p role="alert">Loading was cancelled. Without the model nothing can be embedded.</p>
      {retry}
    </NoticeCard>
  );
}

interface TroubleProps {
  trouble: Trouble;
  note?: string;
  children: preact.ComponentChildren;
}

function TroubleCard({ trouble: { title, message, steps }, note, children }: TroubleProps) {
  return (
    <NoticeCard class="trouble" label={title}>
      <div role="alert" class="stack">
        <h2>{title}</h2>
        <p class="error">{message}</p>
        {note && <p>{note}</p>}
      </div>
      <div class="muted">
        <Steps steps={steps} />
      </div>
      <div class="actions">{children}</div>
    </NoticeCard>
  );
}

function Bar({ name }: { name: string }) {
  const { progress_total: download, compile } = progress.value;
  const downloaded = download?.total ? download.loaded / download.total : 0;
  const compiled = compile?.total ? compile.done / compile.total : 0;
  const done = downloadShare * downloaded + (1 - downloadShare) * compiled;
  // Screen readers say a line at each quarter, not at each byte.
  const quarter = Math.min(3, Math.floor(4 * done));
  return (
    <NoticeCard class="loading" label="Loading the model">
      <p>
        <strong>Loading {name}</strong> <span class="muted">{stage(progress.value)}</span>
      </p>
      <progress aria-label="Loading the model" max={1} value={done} />
      <p role="status" class="hidden">
        {quarter > 0 && `${25 * quarter} % of ${name} loaded`}
      </p>
      <Button label="Cancel" onClick={cancelLoading} />
    </NoticeCard>
  );
}

function stage({ progress_total: download, compile }: Progress): string {
  if (!download?.total) return 'starting …';
  const { loaded, total } = download;
  if (loaded < total) return `${megabytes(loaded, 1)} of ${megabytes(total, 1)}`;
  return compile?.total
    ? `preparing the GPU, ${compile.done} of ${compile.total} kernels`
    : 'preparing the GPU …';
}
