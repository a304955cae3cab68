import { signal } from '@preact/signals';
import type { StoredCheckpoint } from '../../../worker/client.ts';
import { inAddress, lockAddress, numberIn, oneOf } from '../../address.ts';
import type { Notice } from '../../notice.ts';

/** The run's settings, and the run under way. `running.ts` changes it. */

export type ScheduleKind = 'constant' | 'linear' | 'cosine';
export type Optimizer = 'adam' | 'adamw';

export const epochs = signal(3);
export const batchSize = signal(16);
export const dropout = signal(0);
export const seed = signal(42);

/** undefined where the scenario's, or PyTorch's, holds. */
export const optimizer = signal<Optimizer | undefined>(undefined);
export const weightDecay = signal<number | undefined>(undefined);
/** No clipping if undefined. */
export const clipNorm = signal<number | undefined>(undefined);
export const schedule = signal<ScheduleKind>('constant');
export const warmupSteps = signal(0);
export const accumulate = signal(1);
/** Steps between two looks at the held-out texts, besides each epoch's end; 0 for none. */
export const evaluateEvery = signal(0);
/** Factors on the tasks' losses that are not 1. */
export const taskWeights = signal<Readonly<Record<string, number>>>({});

const most = Number.MAX_SAFE_INTEGER;
const optional = { format: (value: unknown) => (value === undefined ? '' : String(value)) };
inAddress('epochs', epochs, numberIn(1, most, { whole: true }));
inAddress('batch', batchSize, numberIn(1, most, { whole: true }));
inAddress('dropout', dropout, numberIn(0, 0.99));
inAddress('seed', seed, numberIn(0, 2 ** 32 - 1, { whole: true }));
inAddress('optimizer', optimizer, oneOf('adam', 'adamw'), optional);
inAddress('decay', weightDecay, numberIn(0, most), optional);
inAddress('clip', clipNorm, numberIn(1e-9, most), optional);
inAddress('schedule', schedule, oneOf('constant', 'linear', 'cosine'));
inAddress('warmup', warmupSteps, numberIn(0, most, { whole: true }));
inAddress('accumulate', accumulate, numberIn(1, most, { whole: true }));
inAddress('every', evaluateEvery, numberIn(0, most, { whole: true }));

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
