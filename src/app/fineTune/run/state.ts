import { signal } from '@preact/signals';
import type { StoredCheckpoint } from '../../../worker/client.ts';
import { lockAddress } from '../../address.ts';
import type { Notice } from '../../notice.ts';

/** The run under way. `running.ts` changes it; `fields.ts` has the settings of the next. */

export interface Run {
  phase: 'starting' | 'running' | 'paused' | 'stopping';
  step: number;
  /** 0 until it is known. */
  total: number;
  /** GPU memory of the run in bytes; 0 until it is known. */
  bytes: number;
  /** Seconds until its end; undefined until steps have been timed. */
  secondsLeft?: number;
}
export const run = signal<Run | undefined>(undefined);
// The address changes no setting while a run is on.
lockAddress(() => run.peek() !== undefined);
/** The seed of the last run that trained the loaded model. */
export const lastSeed = signal<number | undefined>(undefined);
export const runNotice = signal<Notice | undefined>(undefined);

/** The newest checkpoint of the last run in this browser. */
export const lastCheckpoint = signal<StoredCheckpoint | undefined>(undefined);
/** Why the last checkpoint could not be saved, where it could not. */
export const saveProblem = signal<string | undefined>(undefined);
