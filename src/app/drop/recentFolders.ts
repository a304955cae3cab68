import { signal } from '@preact/signals';

/** A folder that the browser remembers; its permission is asked for again. Not in TypeScript's types yet. */
interface AskedHandle extends FileSystemDirectoryHandle {
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>;
}

/** Folders that models were opened from, the last one first, where the browser can come back to them. */
export const recentFolders = signal<readonly FileSystemDirectoryHandle[]>([]);

const database = 'tabgrad-folders';
const store = 'recent';
const key = 'folders';
const most = 4;

/** Storage that is switched off remembers none. */
export async function listRecentFolders(): Promise<void> {
  const found: unknown = await inStore('readonly', (folders) => folders.get(key)).catch(() => undefined);
  if (Array.isArray(found)) {
    recentFolders.value = found.filter((folder) => folder instanceof FileSystemDirectoryHandle);
  }
}

export async function rememberFolder(folder: FileSystemDirectoryHandle): Promise<void> {
  await put([folder, ...(await without(folder))].slice(0, most));
}

export async function forgetFolder(folder: FileSystemDirectoryHandle): Promise<void> {
  await put(await without(folder));
}

/** @returns whether it may be read: the browser asks the reader, if need be */
export async function mayRead(folder: AskedHandle): Promise<boolean> {
  return !folder.requestPermission || (await folder.requestPermission({ mode: 'read' })) === 'granted';
}

async function without(folder: FileSystemDirectoryHandle): Promise<FileSystemDirectoryHandle[]> {
  const others = recentFolders.value;
  const same = await Promise.all(others.map((other) => other.isSameEntry(folder)));
  return others.filter((_, i) => !same[i]);
}

async function put(folders: readonly FileSystemDirectoryHandle[]): Promise<void> {
  recentFolders.value = folders;
  await inStore('readwrite', (kept) => kept.put(folders, key)).catch(() => {});
}

function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = work(opening.result.transaction(store, mode).objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.transaction!.oncomplete = () => opening.result.close();
    };
  });
}
