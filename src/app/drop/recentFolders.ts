import { signal } from '@preact/signals';

/** A folder that is read again after a permission. TypeScript's types do not have the method yet. */
interface AskedHandle extends FileSystemDirectoryHandle {
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>;
}

/** Folders that models were opened from, the last one first. Only browsers with handles of folders keep them. */
export const recentFolders = signal<readonly FileSystemDirectoryHandle[]>([]);

const database = 'tabgrad-folders';
const store = 'recent';
const key = 'folders';
const most = 4;

/** Reads the list. Where storage is switched off, it stays empty. */
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

/** Whether the page may read a folder. The browser asks the reader if it has to. */
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
