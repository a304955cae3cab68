import { computed, signal } from '@preact/signals';
import type { GpuUsage } from '../../types.ts';
import type { SentenceTransformer } from '../../worker/client.ts';
import type { UnavailableReason } from '../shell/advice.ts';

/** The model that every view works with. */

export const modelName = 'all-MiniLM-L6-v2';

/** Where loading the model stands. Bytes of all files; kernels that are compiled. */
export type Load =
  | { kind: 'loading'; loaded: number; total: number; compiled: number; kernels: number }
  | { kind: 'stopped' }
  | { kind: 'failed'; message: string }
  | { kind: 'unavailable'; reason: UnavailableReason }
  | { kind: 'ready'; model: SentenceTransformer };

export const starting: Load = { kind: 'loading', loaded: 0, total: 0, compiled: 0, kernels: 0 };
export const load = signal<Load>(starting);
export const model = computed(() => (load.value.kind === 'ready' ? load.value.model : undefined));

/** Training steps since the model was loaded. */
export const tunedSteps = signal(0);

export const usage = signal<GpuUsage | undefined>(undefined);
