import type { SavedFile } from '../../types.ts';

/**
 * Writes files as they come into a new folder of that name, with a number behind it where the name is taken: an
 * earlier save stays as it is. A folder that is not finished is removed.
 * @returns the folder's name
 * @throws AbortError
 */
export async function writeFiles(
  place: FileSystemDirectoryHandle,
  name: string,
  files: AsyncIterable<SavedFile>,
  signal: AbortSignal,
): Promise<string> {
  const root = await newFolder(place, name);
  try {
    for await (const file of files) await writeFile(root, file, signal);
    return root.name;
  } catch (error) {
    // If that fails, too, the first error is the one to report.
    await place.removeEntry(root.name, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function writeFile(root: FileSystemDirectoryHandle, { path, stream }: SavedFile, signal: AbortSignal) {
  const parts = path.split('/');
  let folder = root;
  for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
  const handle = await folder.getFileHandle(parts.at(-1)!, { create: true });
  // The browser puts the file in place when it is complete.
  await stream.pipeTo(await handle.createWritable(), { signal });
}

async function newFolder(place: FileSystemDirectoryHandle, name: string): Promise<FileSystemDirectoryHandle> {
  let free = name;
  for (let n = 2; await isTaken(place, free); n++) free = `${name}-${n}`;
  return place.getDirectoryHandle(free, { create: true });
}

async function isTaken(place: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await place.getDirectoryHandle(name);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === 'NotFoundError') return false;
    // A file has that name.
    if (error.name === 'TypeMismatchError') return true;
    throw error;
  }
}
