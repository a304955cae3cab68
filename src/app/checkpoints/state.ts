import { computed, signal } from '@preact/signals';
import {
  checkpointFault,
  deleteCheckpoint,
  listCheckpoints,
  type StoredCheckpoint,
} from '../../worker/client.ts';
import { lastCheckpoint, run } from '../fineTune/run/state.ts';
import { messageOf } from '../format.ts';
import type { Notice } from '../notice.ts';
import { readList, writeStored } from '../stored.ts';
import { isAbout } from './about.ts';

/** The newest first; undefined until they are known. */
export const stored = signal<readonly StoredCheckpoint[] | undefined>(undefined);
/** Known faults of checkpoints, by the run's id. */
export const faults = signal<ReadonlyMap<string, string>>(new Map());
/** The outcome of the last request, and the id of its run; undefined for a file. */
export const checkpointNotice = signal<(Notice & { id: string | undefined }) | undefined>(undefined);
/** The run that is being resumed: its id, or undefined for a file. */
export const returning = signal<{ id: string | undefined } | undefined>(undefined);
export const question = signal<{ id: string | undefined; text: string; goOn: () => void } | undefined>(
  undefined,
);

const dismissedKey = 'tabgrad.dismissed';
/** The offers that were dismissed. They stay so after a reload, but not in another tab. */
const dismissed = signal<ReadonlySet<string>>(new Set(readList(dismissedKey, 'sessionStorage')));

/** Counts of the newest finished and unfinished runs that stay. */
const mostFinished = 1;
export const mostUnfinished = 4;

const waiting = computed(() =>
  (stored.value ?? []).filter(
    (run) => !run.isOver && !run.isOn && isAbout(run.about) && !dismissed.value.has(markOf(run)),
  ),
);
/** The newest run that was cut off, while no other is on. */
export const offer = computed(() => (run.value ? undefined : waiting.value[0]));

export function isFinished({ isOver, step, totalSteps }: StoredCheckpoint): boolean {
  return isOver && step === totalSteps;
}

export function isOnHere({ id }: StoredCheckpoint): boolean {
  return run.value !== undefined && lastCheckpoint.value?.id === id;
}

/** Hides the runs that are offered now. They stay in the list. */
export function dismiss(): void {
  dismissed.value = new Set([...dismissed.value, ...waiting.value.map(markOf)]);
  writeStored(dismissedKey, JSON.stringify([...dismissed.value]), 'sessionStorage');
}

export async function refresh(): Promise<void> {
  // If storage cannot be read, there is nothing to resume.
  const found = await listCheckpoints().catch(() => []);
  stored.value = found;
  const known = new Map([...faults.value].filter(([id]) => found.some((run) => run.id === id)));
  if (known.size < faults.value.size) faults.value = known;
}

export async function findFaults(): Promise<void> {
  for (const { id, isOn } of stored.value ?? []) {
    if (isOn || faults.value.has(id)) continue;
    const fault = await checkpointFault(id).catch(() => undefined);
    if (fault && fault.reason !== 'missing') setFault(id, fault.message);
  }
}

export function setFault(id: string, message: string): void {
  faults.value = new Map([...faults.value, [id, message]]);
}

export async function remove({ id, name }: StoredCheckpoint): Promise<void> {
  try {
    await deleteCheckpoint(id);
    checkpointNotice.value = { text: `${name} was deleted.`, isError: false, id: undefined };
  } catch (error) {
    checkpointNotice.value = { text: messageOf(error), isError: true, id: undefined };
  }
  await refresh();
}

export function noteStored(saved: StoredCheckpoint): void {
  stored.value = [saved, ...(stored.value ?? []).filter(({ id }) => id !== saved.id)];
}

export async function prune(): Promise<void> {
  await refresh();
  const own = lastCheckpoint.value?.id;
  // The run of this tab counts as the newest, even if the clock was set back.
  const over = (stored.value ?? [])
    .filter(({ isOn }) => !isOn)
    .sort((a, b) => Number(b.id === own) - Number(a.id === own));
  const old = [
    ...over.filter(isFinished).slice(mostFinished),
    ...over.filter((run) => !isFinished(run)).slice(mostUnfinished),
  ];
  // A run that another tab has resumed meanwhile stays.
  for (const { id } of old) await deleteCheckpoint(id).catch(() => {});
  if (old.length > 0) await refresh();
}

/** Names a run and its last checkpoint, so that a run that is cut off again is offered again. */
function markOf({ id, savedAt }: StoredCheckpoint): string {
  return `${id} ${savedAt}`;
}
