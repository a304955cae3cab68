import { parseJson } from './json.ts';
import { isMissing } from './reader.ts';
import type { ModelFolder } from './source.ts';

/** A folder that remembers the small files which were read from it: what is saved later is what came. */
export interface RememberingFolder extends ModelFolder {
  /** By path. */
  readonly remembered: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Reads a file only to remember it, if it is there. */
  remember(path: string): Promise<void>;
}

/** What goes through `json`, `optionalJson` and `remember` is remembered; `blob` is not. */
export function remembering(folder: ModelFolder): RememberingFolder {
  const remembered = new Map<string, Uint8Array<ArrayBuffer>>();
  const read = async (path: string) => {
    const bytes = await folder.blob(path);
    const copy = bytes instanceof Blob ? new Uint8Array(await bytes.arrayBuffer()) : bytes.slice();
    remembered.set(path, copy);
    return copy;
  };
  const ifThere = async <T>(reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading;
    } catch (error) {
      if (!isMissing(error)) throw error;
      return undefined;
    }
  };
  const json = async (path: string) => parseJson(await read(path), path);
  return {
    ...folder,
    remembered,
    json,
    optionalJson: (path) => ifThere(json(path)),
    async remember(path) {
      await ifThere(read(path));
    },
  };
}
