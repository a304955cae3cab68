import type { SavedFile } from '../../types.ts';

/** A folder of the reader's disk that the page may write to; not in TypeScript's library as a whole yet. */
export type WritableFolder = FileSystemDirectoryHandle;

type Picker = (options: { mode: 'readwrite'; id: string }) => Promise<WritableFolder>;

function picker(): Picker | undefined {
  return (globalThis as { showDirectoryPicker?: Picker }).showDirectoryPicker;
}

/** @see https://wicg.github.io/file-system-access/ */
export function canPickFolder(): boolean {
  return picker() !== undefined;
}

/** @returns undefined where the reader chose none */
export async function pickFolder(): Promise<WritableFolder | undefined> {
  try {
    return await picker()!({ mode: 'readwrite', id: 'tabgrad' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/**
 * Writes files into a new folder as they come: of that name, or with a number behind it. An earlier save, and what was changed in it since,
 * stays; its files do not mix with others. What is not written to the end is removed.
 * @returns how many files they were, and what the folder is called
 * @throws AbortError
 */
export async function writeFiles(
  place: WritableFolder,
  name: string,
  files: AsyncIterable<SavedFile>,
  signal: AbortSignal,
): Promise<{ count: number; folder: string }> {
  const root = await newFolder(place, name);
  try {
    let count = 0;
    for await (const file of files) {
      await writeFile(root, file, signal);
      count += 1;
    }
    return { count, folder: root.name };
  } catch (error) {
    // Where that does not work, what went wrong before is still what is told.
    await place.removeEntry(root.name, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function writeFile(root: WritableFolder, { path, stream }: SavedFile, signal: AbortSignal) {
  const parts = path.split('/');
  let folder = root;
  for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
  const handle = await folder.getFileHandle(parts.at(-1)!, { create: true });
  // The browser writes it aside and puts it in place when it is whole.
  await stream.pipeTo(await handle.createWritable(), { signal });
}

async function newFolder(place: WritableFolder, name: string): Promise<WritableFolder> {
  let free = name;
  for (let n = 2; await isTaken(place, free); n++) free = `${name}-${n}`;
  return place.getDirectoryHandle(free, { create: true });
}

async function isTaken(place: WritableFolder, name: string): Promise<boolean> {
  try {
    await place.getDirectoryHandle(name);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === 'NotFoundError') return false;
    // A file is called that.
    if (error.name === 'TypeMismatchError') return true;
    throw error;
  }
}
