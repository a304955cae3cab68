import { signal } from '@preact/signals';
import type { StoredCheckpoint } from '../../../worker/client.ts';
import { lockAddress } from '../../address.ts';
import type { Notice } from '../notice.ts';

/** The run under way. `running.ts` changes it; `fields.ts` has the settings of the next. */

/** A run under way. */
export interface Run {
  phase: 'starting' | 'running' | 'paused' | 'stopping';
  step: number;
  /** 0 until it is known. */
  total: number;
  /** What it takes on the GPU, in bytes; 0 until it is known. */
  bytes: number;
  /** Seconds until its end; undefined until two steps are timed: the first compiles. */
  secondsLeft?: number;
}
export const run = signal<Run | undefined>(undefined);
// Its settings stay what they were when it began.
lockAddress(() => run.peek() !== undefined);
/** Of the last run that the loaded model has learned from. */
export const lastSeed = signal<number | undefined>(undefined);
export const runNotice = signal<Notice | undefined>(undefined);

/** The last run's newest checkpoint in this browser. */
export const kept = signal<StoredCheckpoint | undefined>(undefined);
/** Why a run is not kept, where it is not. */
export const keepNote = signal<string | undefined>(undefined);
