import { type Given, type Walkable, walk } from './walk.ts';

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
  return (async () => {
    const roots: Walkable[] = [];
    const files: File[] = [];
    for (const { handle, entry, file } of taken) {
      const root = (await handle) ?? entry;
      if (root) roots.push(root);
      else if (file) files.push(file);
    }
    const found = await walk(roots);
    return { ...found, files: [...found.files, ...files.map((file) => ({ path: file.name, file }))] };
  })();
}
