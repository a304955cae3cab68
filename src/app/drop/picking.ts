/** The pickers that some browsers have. TypeScript's types do not have them yet. */
interface Pickers {
  showDirectoryPicker?(options: { id: string; mode: 'read' }): Promise<FileSystemDirectoryHandle>;
  showOpenFilePicker?(options: {
    id: string;
    multiple: boolean;
    types: { description: string; accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle[]>;
}

/** With the same id the picker opens in the folder of the last time. */
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

export const acceptedFiles = Object.values(types[0]!.accept).flat().join();

/**
 * Lets the reader choose a folder, or files.
 * @returns an empty list where the reader chose nothing; undefined where the browser has no picker, or does not allow
 * it here: then an input element has to do
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
