/** The browser's own pickers, where it has them; not in TypeScript's types yet. */
interface Pickers {
  showDirectoryPicker?(options: { id: string; mode: 'read' }): Promise<FileSystemDirectoryHandle>;
  showOpenFilePicker?(options: {
    id: string;
    multiple: boolean;
    types: { description: string; accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle[]>;
}

/** The picker opens where it was the last time. */
const id = 'tabgrad-models';

const types = [
  {
    description: 'A model’s files, or its zip',
    accept: {
      'application/zip': ['.zip'],
      'application/json': ['.json'],
      'application/octet-stream': ['.safetensors'],
      'text/plain': ['.txt'],
    },
  },
];

/** The same for an input element. */
export const acceptedFiles = Object.values(types[0]!.accept).flat().join();

/**
 * Lets the reader choose a folder, or files.
 * @returns nothing in the list where none was chosen; undefined where the browser has no such picker, or has no use for it here: an input
 * element has to do
 * @see https://wicg.github.io/file-system-access/
 */
export async function pick(what: 'folder' | 'files'): Promise<readonly FileSystemHandle[] | undefined> {
  const { showDirectoryPicker, showOpenFilePicker } = globalThis as Pickers;
  try {
    if (what === 'folder') return showDirectoryPicker && [await showDirectoryPicker({ id, mode: 'read' })];
    return await showOpenFilePicker?.({ id, multiple: true, types });
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? [] : undefined;
  }
}
