import { ModelFormatError, throwIfAborted } from '../../errors.ts';
import { type FileReader, missingFile, type SourceOptions } from './reader.ts';
import { isHubId } from './storageAddress.ts';

/**
 * Reads a folder on the disk, in Node. @param source a path, or a file: URL
 * @returns null in a browser, for an http(s) URL, and for a hub id where there is no such folder
 */
export function diskReader(source: string, { signal }: SourceOptions): FileReader | null {
  if (/^https?:/i.test(source) || !isNode()) return null;
  // Not imported, so that a bundler for browsers sees no import.
  const fs = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  if (isHubId(source) && !fs.existsSync(source)) return null;
  const folder = source.startsWith('file:') ? fileURLToPath(source) : source;
  return {
    label: `the folder ${folder}`,
    pythonSource: JSON.stringify(folder),
    async read(path) {
      throwIfAborted(signal);
      const name = join(folder, path);
      if (!fs.existsSync(name)) throw missingFile(path, this.label);
      try {
        return await fs.openAsBlob(name);
      } catch (cause) {
        throw new ModelFormatError(`${name} could not be read: ${String(cause)}.`, { file: path });
      }
    },
    has: async (path) => fs.existsSync(join(folder, path)),
  };
}

/** Whether this is Node and no page, not even one inside Electron. */
export function isNode(): boolean {
  return (
    typeof process === 'object' &&
    typeof process.getBuiltinModule === 'function' &&
    !('document' in globalThis)
  );
}
