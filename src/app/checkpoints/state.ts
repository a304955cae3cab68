import { computed, signal } from '@preact/signals';
import {
  checkpointFault,
  deleteCheckpoint,
  listCheckpoints,
  type StoredCheckpoint,
} from '../../worker/client.ts';
import type { Notice } from '../fineTune/notice.ts';
import { kept, run } from '../fineTune/run/state.ts';
import { messageOf } from '../format.ts';
import { isAbout } from './about.ts';

/** Runs that this browser keeps. `continuing.ts` goes on with them. */

/** The newest first; undefined until they are known. */
export const stored = signal<readonly StoredCheckpoint[] | undefined>(undefined);
/** What is wrong with a checkpoint, by the run's id, as far as that is known. */
export const faults = signal<ReadonlyMap<string, string>>(new Map());
/** What became of the last wish, and the run that it was about: none for a file. */
export const checkpointNotice = signal<(Notice & { id: string | undefined }) | undefined>(undefined);
/** A run on its way back: its id, and none for a file. */
export const returning = signal<{ id: string | undefined } | undefined>(undefined);
/** What would be lost is asked first. */
export const question = signal<{ id: string | undefined; text: string; goOn: () => void } | undefined>(
  undefined,
);

const dismissedKey = 'tabgrad.dismissed';
const dismissed = signal(readDismissed());

/** Of finished runs, and of others, that many stay: the newest. */
export const mostFinished = 1;
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

/** Whether a run is on here, not in another tab. */
export function isOnHere({ id }: StoredCheckpoint): boolean {
  return run.value !== undefined && kept.value?.id === id;
}

/** Hides what is offered now; it stays in the list. */
export function dismiss(): void {
  dismissed.value = new Set([...dismissed.value, ...waiting.value.map(markOf)]);
  writeDismissed(dismissed.value);
}

/** Looks again at what the browser keeps. */
export async function refresh(): Promise<void> {
  // Storage that cannot be read has nothing to go on with.
  const found = await listCheckpoints().catch(() => []);
  stored.value = found;
  const known = new Map([...faults.value].filter(([id]) => found.some((run) => run.id === id)));
  if (known.size < faults.value.size) faults.value = known;
}

/** Looks which of the checkpoints can be read. */
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

/** A checkpoint of the run that is on was kept. */
export function noteStored(saved: StoredCheckpoint): void {
  stored.value = [saved, ...(stored.value ?? []).filter(({ id }) => id !== saved.id)];
}

/** Older ones make room. */
export async function prune(): Promise<void> {
  await refresh();
  const own = kept.value?.id;
  // The run of this tab comes first, also where the clock was set back since others.
  const over = (stored.value ?? [])
    .filter(({ isOn }) => !isOn)
    .sort((a, b) => Number(b.id === own) - Number(a.id === own));
  const old = [
    ...over.filter(isFinished).slice(mostFinished),
    ...over.filter((run) => !isFinished(run)).slice(mostUnfinished),
  ];
  // One that another tab has begun to go on with meanwhile stays.
  for (const { id } of old) await deleteCheckpoint(id).catch(() => {});
  if (old.length > 0) await refresh();
}

/** One that went on and was cut off again is offered again. */
function markOf({ id, savedAt }: StoredCheckpoint): string {
  return `${id} ${savedAt}`;
}

/** Offers that were dismissed in this tab: a reload does not bring them back, another tab does. */
function readDismissed(): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(dismissedKey) ?? '[]');
    return new Set(Array.isArray(value) ? value.filter((mark) => typeof mark === 'string') : []);
  } catch {
    return new Set();
  }
}

function writeDismissed(marks: ReadonlySet<string>): void {
  try {
    sessionStorage.setItem(dismissedKey, JSON.stringify([...marks]));
  } catch {
    // Storage is switched off: they are dismissed until the page is left.
  }
}
