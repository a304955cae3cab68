import { parseJson } from '../json.ts';
import { isMissing } from './reader.ts';
import type { ModelFolder } from './source.ts';

/** A folder that remembers the small files which were read from it: what is saved later is what came. */
export interface RememberingFolder extends ModelFolder {
  /** By path. */
  readonly remembered: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** A file's bytes, remembered; undefined where there is no such file. They are not to be changed. */
  remember(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A file's bytes, remembered. @throws as `blob` does */
  bytes(path: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** What goes through `json`, `optionalJson`, `remember` and `bytes` is remembered; what goes through the blobs is not. */
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
    remember: (path) => ifThere(read(path)),
    bytes: read,
  };
}
