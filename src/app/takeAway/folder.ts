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
 * Writes files into a folder of that name as they come. The browser writes each aside and puts it in place when it is whole.
 * @returns how many files they were
 * @throws AbortError
 */
export async function writeFiles(
  place: WritableFolder,
  name: string,
  files: AsyncIterable<SavedFile>,
  signal: AbortSignal,
): Promise<number> {
  const root = await place.getDirectoryHandle(name, { create: true });
  let count = 0;
  for await (const { path, stream } of files) {
    const parts = path.split('/');
    let folder = root;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const handle = await folder.getFileHandle(parts.at(-1)!, { create: true });
    // On an error or an abort what was written aside is thrown away.
    await stream.pipeTo(await handle.createWritable(), { signal });
    count += 1;
  }
  return count;
}
