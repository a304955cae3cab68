import { type Given, walk } from './walk.ts';

/** A method that TypeScript's types do not have yet. */
interface HandleItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/**
 * Reads what was dropped, folders with all that is in them. The data of an event are there only while it is handled,
 * so they are taken before the promise is returned.
 * @throws Error saying what to do; DOMException where the browser may not read a file
 */
export function dropped({ items }: DataTransfer): Promise<Given> {
  const taken = [...items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => ({
      // There is no handle for some folders, nor for a file that a page made.
      handle: (item as HandleItem).getAsFileSystemHandle?.().catch(() => null),
      entry: item.webkitGetAsEntry?.(),
      file: item.getAsFile(),
    }));
  const roots = taken.map(async ({ handle, entry, file }) => (await handle) ?? entry ?? file);
  return Promise.all(roots).then((found) => walk(found.filter((root) => root !== null)));
}
