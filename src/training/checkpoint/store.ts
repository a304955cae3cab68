import { CheckpointError, TabgradError } from '../../errors.ts';
import { entriesOf, heldLocks, lock, openStorage, remove, writeFile } from '../../files/originStorage.ts';
import { checkTensors, openSealed } from '../../files/safetensors/sealed.ts';

/** A run that the browser keeps. */
export interface StoredCheckpoint {
  /** The run's id. A run that is resumed keeps it. */
  id: string;
  name: string;
  step: number;
  totalSteps: number;
  /** The size of all that is kept of the run. */
  bytes: number;
  /** Milliseconds since 1970. */
  savedAt: number;
  /** Whether the run came to its end or was stopped. A run that is neither over nor on was cut off. */
  isOver: boolean;
  /** Whether the run is on, here or in another tab; false in browsers without locks. */
  isOn: boolean;
  /** Data of the caller's own. */
  about?: unknown;
}

export type StoredFacts = Omit<StoredCheckpoint, 'id' | 'bytes' | 'isOver' | 'isOn'>;

/** The record of a checkpoint. It is written after the bytes: without a record there is no checkpoint. */
interface CheckpointRecord extends StoredFacts {
  number: number;
  bytes: number;
  /** Not written in the record: an empty file beside it says so, which is there or not whenever the power fails. */
  isOver?: boolean;
}

/** The folder in the browser's storage. Another layout gets another name. */
const FOLDER = 'tabgrad-checkpoints-v1';
/** Checkpoints that are kept of a run: the newest, and the one before in case the newest is damaged. */
const KEPT = 2;

const dataName = (number: number) => `${number}.safetensors`;
const recordName = (number: number) => `${number}.json`;
const overName = (number: number) => `${number}.over`;

/** Lists the runs that the browser keeps, the newest first. The list is empty where the browser keeps none. */
export async function listCheckpoints(): Promise<StoredCheckpoint[]> {
  const folder = await openStorage(FOLDER);
  if (!folder) return [];
  const runs: StoredCheckpoint[] = [];
  const held = await heldLocks();
  for (const [id, handle] of await entriesOf(folder)) {
    if (handle.kind !== 'directory') continue;
    const records = await recordsOf(handle as FileSystemDirectoryHandle);
    if (records.length > 0) runs.push({ ...told(id, records), isOn: held.has(lockName(id)) });
  }
  return runs.sort((a, b) => b.savedAt - a.savedAt);
}

/**
 * Opens the newest checkpoint of a run that is whole: it is read and checked to its end.
 * @param options `onNote` is called where the newest one is damaged and an older one is given
 * @throws CheckpointError ('missing', or 'damaged' where none is whole)
 */
export async function openCheckpoint(
  id: string,
  { onNote }: { onNote?: (message: string) => void } = {},
): Promise<File> {
  let failure: unknown;
  for (const { step, open } of await storedFiles(id)) {
    try {
      const file = await open();
      await checkTensors(file, await openSealed(file, file.name), file.name);
      if (failure) onNote?.(`The newest checkpoint is damaged: the one before it is used, of step ${step}.`);
      return file;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * Lists a run's checkpoints, the newest first. `open` checks the file's length alone.
 * @throws CheckpointError ('missing'; from `open` 'damaged' for one that was not written to its end)
 */
export async function storedFiles(id: string): Promise<{ step: number; open: () => Promise<File> }[]> {
  const folder = await openRun(id);
  const records = folder ? await recordsOf(folder) : [];
  if (!folder || records.length === 0) throw missing(id);
  return records.map(({ number, bytes, step }) => ({ step, open: () => fileOf(folder, number, bytes) }));
}

/**
 * Deletes a run's checkpoints.
 * @returns whether there were any
 * @throws TabgradError while the run is on, here or in another tab
 */
export async function deleteCheckpoint(id: string): Promise<boolean> {
  const folder = await openStorage(FOLDER);
  if (!folder || !(await openRun(id))) return false;
  const release = await lockOf(id);
  if (!release) {
    const problem = 'deleteCheckpoint(): this run is on, here or in another tab. Stop it there first.';
    throw new TabgradError(problem);
  }
  const removed = await folder.removeEntry(id, { recursive: true }).then(
    () => true,
    () => false,
  );
  release();
  return removed;
}

/** The folder of a run in the browser's storage. A lock keeps others from writing to it. */
export class RunStore {
  readonly id: string;
  readonly #folder: FileSystemDirectoryHandle;
  readonly #release: () => void;

  private constructor(id: string, folder: FileSystemDirectoryHandle, release: () => void) {
    this.id = id;
    this.#folder = folder;
    this.#release = release;
  }

  /**
   * @param id of a run that goes on. A new run begins without it, or where that run is on in another tab.
   * @throws TabgradError where the browser lets the page keep nothing
   */
  static async open(id?: string): Promise<RunStore> {
    const root = await openStorage(FOLDER, true);
    if (!root) throw new TabgradError('This browser does not let the page keep checkpoints.');
    await sweep(root);
    const fresh = `${Date.now().toString(36)}-${crypto.randomUUID().slice(0, 8)}`;
    for (const run of id !== undefined && isRunId(id) ? [id, fresh] : [fresh]) {
      const release = await lockOf(run);
      if (release) return new RunStore(run, await root.getDirectoryHandle(run, { create: true }), release);
    }
    throw new TabgradError('The browser gave no lock for the checkpoints.');
  }

  /**
   * Stores a checkpoint: its bytes, then the record that says that they are there; then older ones are deleted.
   * @throws DOMException QuotaExceededError, and whatever else storage throws; the older ones are still there then
   */
  async save(file: Blob, facts: StoredFacts): Promise<StoredCheckpoint> {
    const folder = this.#folder;
    const names = (await entriesOf(folder)).map(([name]) => Number.parseInt(name, 10));
    const number = Math.max(0, ...names.filter(Number.isSafeInteger)) + 1;
    const record: CheckpointRecord = { ...facts, number, bytes: file.size };
    try {
      await writeFile(folder, dataName(number), file);
      await writeFile(folder, recordName(number), new Blob([JSON.stringify(record)]));
    } catch (error) {
      await remove(folder, [recordName(number), dataName(number)]);
      throw error;
    }
    const kept = (await recordsOf(folder)).slice(0, KEPT);
    const wanted = kept.flatMap(({ number }) => [dataName(number), recordName(number), overName(number)]);
    await this.#remove((name) => !wanted.includes(name));
    return told(this.id, kept);
  }

  /** Notes that the newest checkpoint is the last of its run, for now. */
  async markOver(): Promise<void> {
    const [newest] = await recordsOf(this.#folder);
    if (newest) await this.#folder.getFileHandle(overName(newest.number), { create: true });
  }

  /** Notes that the run goes on: if it is cut off now, it has not come to an end. */
  async markOn(): Promise<void> {
    await this.#remove((name) => name.endsWith('.over'));
  }

  close(): void {
    this.#release();
  }

  async #remove(isUnwanted: (name: string) => boolean): Promise<void> {
    await remove(this.#folder, (await entriesOf(this.#folder)).map(([name]) => name).filter(isUnwanted));
  }
}

/** Sums up a run that is on. @param records the newest first */
function told(id: string, records: readonly CheckpointRecord[]): StoredCheckpoint {
  const { number: _, isOver = false, ...facts } = records[0]!;
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  return { ...facts, id, bytes, isOver, isOn: true };
}

/** A run's records, the newest first. A file that is no record, or a record without its file, is left out. */
async function recordsOf(folder: FileSystemDirectoryHandle): Promise<CheckpointRecord[]> {
  const entries = new Map(await entriesOf(folder));
  const records: CheckpointRecord[] = [];
  for (const [name, handle] of entries) {
    if (!name.endsWith('.json') || handle.kind !== 'file') continue;
    try {
      const record = JSON.parse(await (await (handle as FileSystemFileHandle).getFile()).text());
      const { number } = record;
      if (recordName(number) !== name || !entries.has(dataName(number))) continue;
      records.push({ ...record, isOver: entries.has(overName(number)) });
    } catch {
      // A crash cut it short, or another tab deleted it.
    }
  }
  return records.sort((a, b) => b.number - a.number);
}

async function fileOf(folder: FileSystemDirectoryHandle, number: number, bytes: number): Promise<File> {
  const handle = await folder.getFileHandle(dataName(number)).catch(() => undefined);
  const file = await handle?.getFile().catch(() => undefined);
  if (!file) throw missing(folder.name);
  if (file.size === bytes) return file;
  const problem = `The checkpoint has ${file.size} bytes of ${bytes}: it was not written to its end.`;
  throw new CheckpointError(problem, { reason: 'damaged' });
}

/** Deletes the folders of runs that left nothing whole, unless somebody writes to them. */
async function sweep(root: FileSystemDirectoryHandle): Promise<void> {
  for (const [id, handle] of await entriesOf(root)) {
    if (handle.kind !== 'directory') continue;
    if ((await recordsOf(handle as FileSystemDirectoryHandle)).length > 0) continue;
    const release = await lockOf(id);
    if (!release) continue;
    await root.removeEntry(id, { recursive: true }).catch(() => {});
    release();
  }
}

async function openRun(id: string): Promise<FileSystemDirectoryHandle | undefined> {
  if (!isRunId(id)) return undefined;
  const folder = await openStorage(FOLDER);
  return folder?.getDirectoryHandle(id).catch(() => undefined);
}

const lockName = (id: string) => `${FOLDER}/${id}`;
const lockOf = (id: string) => lock(lockName(id));

function isRunId(id: string): boolean {
  return typeof id === 'string' && /^[\w-]{1,80}$/.test(id);
}

function missing(id: string): CheckpointError {
  return new CheckpointError(
    `There is no checkpoint ${JSON.stringify(id)} in this browser. listCheckpoints() says which there are.`,
    { reason: 'missing' },
  );
}
