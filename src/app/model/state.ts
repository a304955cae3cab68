import { computed, signal } from '@preact/signals';
import type { GpuUsage, ProgressEvent } from '../../types.ts';
import type { SentenceTransformer } from '../../worker/client.ts';
import { inAddress } from '../address.ts';
import type { UnavailableReason } from './advice.ts';
import { bundledModels, hubModel, hubText, type ModelChoice } from './choice.ts';
import type { Trouble } from './trouble.ts';

/** Progress of loading: the latest event of each kind. */
export type Progress = {
  [Status in ProgressEvent['status']]?: Extract<ProgressEvent, { status: Status }>;
};

/** The state of the model: it is there, on its way, or missing for a reason. */
export type Load =
  | { kind: 'loading' | 'stopped' }
  | { kind: 'failed'; trouble: Trouble }
  | { kind: 'unavailable'; reason: UnavailableReason }
  | { kind: 'ready'; model: SentenceTransformer };

export const load = signal<Load>({ kind: 'loading' });
export const model = computed(() => (load.value.kind === 'ready' ? load.value.model : undefined));

/** The model that is loaded or being loaded, or that failed to load. */
export const chosen = signal<ModelChoice>(bundledModels[0]!);

inAddress('model', chosen, hubModel, {
  format: (choice) => (choice.origin === 'hub' ? hubText(choice) : ''),
  atStart: true,
});

/** Another model that is being opened while the loaded one still works; with `trouble` where it did not come. */
export const opening = signal<{ choice: ModelChoice; trouble?: Trouble } | undefined>(undefined);

/** Progress of the model that was begun last. */
export const progress = signal<Progress>({});

/** Why this browser does not keep the model; undefined where it does. */
export const cacheNote = computed(() => progress.value.note?.message);

/** Training steps since the model was loaded. */
export const tunedSteps = signal(0);

export const usage = signal<GpuUsage | undefined>(undefined);
