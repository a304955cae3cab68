import { cacheName, keptHeaders } from './cache.ts';
import { isHubId, storageAddressOf } from './storageAddress.ts';

/** A model that the browser keeps. */
export interface CachedModel {
  /** A hub id, or a folder's address: what `fromPretrained()` and `deleteCachedModel()` take. */
  source: string;
  /** Branch, tag or commit, where the source is a hub id. */
  revision?: string;
  bytes: number;
  files: number;
}

/** The models that the browser keeps, in the order of their sources. An empty list where it keeps none. */
export async function cachedModels(): Promise<CachedModel[]> {
  const models = new Map<string, CachedModel>();
  for (const { source, revision, bytes } of await keptFiles()) {
    const key = JSON.stringify([source, revision]);
    const named = revision === undefined ? { source } : { source, revision };
    const model = models.get(key) ?? { ...named, bytes: 0, files: 0 };
    models.set(key, model);
    if (bytes === undefined) continue;
    model.bytes += bytes;
    model.files++;
  }
  return [...models.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
}

/**
 * Deletes what the browser keeps of a model. A model that is loaded stays so.
 * @param source as for `fromPretrained()`, or as {@link cachedModels} gives it
 * @param options `revision` of a hub id; all of them if left out
 * @returns whether there was something to delete
 * @throws DownloadError for what is neither a hub id nor an address
 */
export async function deleteCachedModel(
  source: string,
  { revision }: { revision?: string } = {},
): Promise<boolean> {
  const named = isHubId(source) ? source : storageAddressOf(source, {}).source;
  const mine = (await keptFiles()).filter(
    (file) => file.source === named && (revision === undefined || file.revision === revision),
  );
  const deleted = await Promise.all(mine.map((file) => file.delete()));
  return deleted.includes(true);
}

/**
 * Asks the browser not to throw cached models away when the disk gets full. Some browsers ask the user: call it when
 * they see why. On the page only; workers cannot ask.
 * @returns whether they are safe now
 */
export async function keepCachedModels(): Promise<boolean> {
  try {
    return await globalThis.navigator.storage.persist();
  } catch {
    // Workers and insecure pages cannot ask.
    return false;
  }
}

interface KeptFile {
  source: string;
  revision: string | undefined;
  /** Length; undefined for the inventory and for a record that a file does not exist. */
  bytes: number | undefined;
  delete(): Promise<boolean>;
}

async function keptFiles(): Promise<KeptFile[]> {
  const cache = await openExisting();
  const read = async (request: Request): Promise<KeptFile[]> => {
    // Another tab may delete meanwhile.
    const response = await cache!.match(request, { ignoreVary: true });
    const source = response?.headers.get(keptHeaders.source);
    if (!response || source == null) return [];
    const revision = response.headers.get(keptHeaders.revision);
    const isFile = response.status !== 404 && !response.headers.has(keptHeaders.inventory);
    return [
      {
        source: decodeURIComponent(source),
        revision: revision === null ? undefined : decodeURIComponent(revision),
        bytes: isFile ? Number(response.headers.get(keptHeaders.bytes)) : undefined,
        delete: () => cache!.delete(request, { ignoreVary: true }),
      },
    ];
  };
  return (await Promise.all(((await cache?.keys()) ?? []).map(read))).flat();
}

async function openExisting(): Promise<Cache | undefined> {
  try {
    return (await globalThis.caches.has(cacheName)) ? await globalThis.caches.open(cacheName) : undefined;
  } catch {
    // The browser blocks the storage.
    return undefined;
  }
}
