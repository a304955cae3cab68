import type { CheckpointOptions, Trainer } from '../../../worker/client.ts';
import type { RunAbout } from '../../checkpoints/about.ts';
import { noteStored } from '../../checkpoints/state.ts';
import { noteCheckpoint } from '../learning/runs.ts';
import { lastCheckpoint, saveProblem } from './state.ts';

/** Options of the checkpoints of a run: one is saved every 30 s, at each pause and at the end. */
export function checkpointOptions(about: RunAbout): CheckpointOptions {
  return {
    name: `${about.data}, ${about.settings.scenario}`,
    everySeconds: 30,
    about,
    onSaved: (saved) => {
      lastCheckpoint.value = saved;
      saveProblem.value = undefined;
      noteCheckpoint(saved.id);
      noteStored(saved);
    },
    onNote: (message) => {
      saveProblem.value = message;
    },
  };
}

/** Saves a checkpoint whenever the page is hidden, as it may never be shown again. */
export function saveWhenHidden(trainer: Trainer): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const save = () => void trainer.saveCheckpoint().catch(() => {});
  document.addEventListener('visibilitychange', () => document.hidden && save(), { signal });
  addEventListener('pagehide', save, { signal });
  return () => listening.abort();
}
