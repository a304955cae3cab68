import type { SavedFiles } from '../../types.ts';

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
 * Writes files into a folder of that name, the largest last. The browser writes each aside and puts it in place when it is
 * whole.
 * @throws AbortError
 */
export async function writeFiles(
  place: WritableFolder,
  name: string,
  files: SavedFiles,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const root = await place.getDirectoryHandle(name, { create: true });
  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  for (const [path, bytes] of [...files].sort(([, a], [, b]) => a.length - b.length)) {
    signal.throwIfAborted();
    const parts = path.split('/');
    let folder = root;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const handle = await folder.getFileHandle(parts.at(-1)!, { create: true });
    const stream = await handle.createWritable();
    try {
      await stream.write(bytes);
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
    done += bytes.length;
    onProgress(done, total);
  }
}
