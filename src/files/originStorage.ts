import { PIECE } from './safetensors/sealed.ts';
import { isNode } from './source/disk.ts';

/** A file's handle in a worker. TypeScript's types for pages lack the method. */
interface WritableHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

/** A folder of the origin's private file system; undefined where the browser gives the page none. */
export async function openStorage(
  name: string,
  create = false,
): Promise<FileSystemDirectoryHandle | undefined> {
  if (isNode()) return undefined;
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create });
  } catch {
    return undefined;
  }
}

/** Writes a file in pieces: by a sync access handle, which all browsers have in a worker, or by a stream in a page. */
export async function writeFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Blob,
): Promise<void> {
  const handle: WritableHandle = await folder.getFileHandle(name, { create: true });
  if (!handle.createSyncAccessHandle) {
    await content.stream().pipeTo(await handle.createWritable());
    return;
  }
  const access = await handle.createSyncAccessHandle();
  try {
    access.truncate(0);
    for (let at = 0; at < content.size; at += PIECE) {
      const bytes = new Uint8Array(await content.slice(at, at + PIECE).arrayBuffer());
      if (access.write(bytes, { at }) < bytes.length) {
        throw new DOMException('The storage took less than it was given.', 'QuotaExceededError');
      }
    }
    access.flush();
  } finally {
    access.close();
  }
}

/** Removes files; those that do not exist are skipped. */
export async function remove(folder: FileSystemDirectoryHandle, names: readonly string[]): Promise<void> {
  // In this order a record is removed before its file, so that no record names a file that is gone.
  for (const name of [...names].sort()) await folder.removeEntry(name).catch(() => {});
}

export async function entriesOf(folder: FileSystemDirectoryHandle): Promise<[string, FileSystemHandle][]> {
  const entries: [string, FileSystemHandle][] = [];
  for await (const entry of folder.entries()) entries.push(entry);
  return entries;
}

/** Names of the locks that are held in any tab. */
export async function heldLocks(): Promise<ReadonlySet<string | undefined>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.map(({ name }) => name));
}

/** Takes a lock. @returns what releases it; undefined where it is held. Without locks in the browser it succeeds. */
export async function lock(name: string): Promise<(() => void) | undefined> {
  if (!navigator.locks) return () => {};
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
