import type { CheckpointOptions, Trainer } from '../../../worker/client.ts';
import type { RunAbout } from '../../checkpoints/about.ts';
import { noteStored } from '../../checkpoints/state.ts';
import { markKept } from '../learning/runs.ts';
import { keepNote, kept } from './state.ts';

/** How a run is kept while it is on: every 30 s, when it pauses and at its end. */
export function keeping(about: RunAbout): CheckpointOptions {
  return {
    name: `${about.data}, ${about.settings.scenario}`,
    everySeconds: 30,
    about,
    onSaved: (saved) => {
      kept.value = saved;
      keepNote.value = undefined;
      markKept(saved.id);
      noteStored(saved);
    },
    onNote: (message) => {
      keepNote.value = message;
    },
  };
}

/**
 * Keeps a run also when nobody sees the page any more: it may not come back.
 * @returns ends that
 */
export function keepWhenHidden(trainer: Trainer): () => void {
  const save = () => void trainer.saveCheckpoint().catch(() => {});
  const saveIfHidden = () => {
    if (document.hidden) save();
  };
  document.addEventListener('visibilitychange', saveIfHidden);
  addEventListener('pagehide', save);
  return () => {
    document.removeEventListener('visibilitychange', saveIfHidden);
    removeEventListener('pagehide', save);
  };
}
