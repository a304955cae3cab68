import { signal } from '@preact/signals';
import type { Notice } from '../notice.ts';

/** The run's settings, and the run under way. `running.ts` changes it. */

export const epochs = signal(3);
export const batchSize = signal(16);
export const dropout = signal(0);
export const seed = signal(42);

/** A run under way. */
export interface Run {
  phase: 'starting' | 'running' | 'paused' | 'stopping';
  step: number;
  /** 0 until it is known. */
  total: number;
  /** What it takes on the GPU, in bytes; 0 until it is known. */
  bytes: number;
}
export const run = signal<Run | undefined>(undefined);
/** Of the last run that the loaded model has learned from. */
export const lastSeed = signal<number | undefined>(undefined);
export const runNotice = signal<Notice | undefined>(undefined);
