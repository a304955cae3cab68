/** TypeScript's types do not have this picker yet, nor does every browser. */
interface Picking {
  showDirectoryPicker?(options: {
    id: string;
    mode: 'read' | 'readwrite';
  }): Promise<FileSystemDirectoryHandle>;
}
const page = globalThis as Picking;

export function canPickFolder(): boolean {
  return page.showDirectoryPicker !== undefined;
}

/**
 * Lets the reader choose a folder.
 * @param id with the same id the picker opens in the folder of the last time
 * @returns undefined where none was chosen
 * @throws DOMException where the browser does not allow it here
 * @see https://wicg.github.io/file-system-access/
 */
export async function pickFolder(
  id: string,
  mode: 'read' | 'readwrite',
): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await page.showDirectoryPicker?.({ id, mode });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
