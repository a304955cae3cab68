import { signal } from '@preact/signals';
import type { Notice } from '../notice.ts';
import type { CellId } from './cells.ts';
import { type Has, nothing } from './chain.ts';

export interface CellRun {
  kind: 'running' | 'done' | 'stopped' | 'failed';
  lines: readonly string[];
  model: string;
  milliseconds?: number;
  error?: string;
}

interface Sweep {
  steps: readonly CellId[];
  /** Number of steps that are done. The next one is under way. */
  done: number;
  /** Progress of the step under way, 0 to 1: known while a model loads. */
  fraction: number;
  isStopping: boolean;
}

export const runs = signal<Partial<Record<CellId, CellRun>>>({});
export const sweep = signal<Sweep | undefined>(undefined);
export const outcome = signal<Notice | undefined>(undefined);
export const has = signal<Has>(nothing);
/** GPU memory of the copy of the model, in bytes. */
export const copyBytes = signal(0);
