import { isNode } from './disk.ts';
import type { StorageAddress } from './storageAddress.ts';

/** Name in the browser's Cache Storage. Its number goes up when the layout of the entries changes. */
export const cacheName = 'tabgrad-models-v1';

/** Headers of a cached file. Source and revision are written by `encodeURIComponent`, as headers are ASCII. */
export const keptHeaders = {
  source: 'x-tabgrad-source',
  revision: 'x-tabgrad-revision',
  bytes: 'x-tabgrad-bytes',
  /** Only the inventory has this one. */
  inventory: 'x-tabgrad-inventory',
};

/** Files by URL; null for one that is known not to exist. */
export type WebFiles = ReadonlyMap<string, Blob | null>;

/** The cached files of one model. The key of a file is its URL, which holds a hub's repository and revision. */
export interface ModelCache {
  /** The files that were cached when the cache was opened: all of one load, or none. */
  readonly kept: WebFiles;
  /** Replaces the model's cached files by all of these, or by none if one cannot be stored. It does not throw. */
  keep(files: WebFiles): Promise<void>;
}

/**
 * Opens the cache of a model.
 * @param note is called with a message where models cannot be cached
 * @returns undefined where they cannot: in an insecure context, with blocked storage, or in Node
 */
export async function openCache(
  address: StorageAddress,
  note: (message: string) => void,
): Promise<ModelCache | undefined> {
  let cache: Cache;
  try {
    cache = await globalThis.caches.open(cacheName);
  } catch {
    if (!isNode()) note('This browser does not let the page keep the model: it is downloaded each time.');
    return undefined;
  }
  return {
    kept: await readKept(cache, address),
    async keep(files) {
      try {
        await alone(address, () => write(cache, files, address));
      } catch (error) {
        note(explain(error, files));
      }
    },
  };
}

/**
 * Reads the files of the inventory, which is written last and deleted first. Where it is there and all that it lists
 * has the length that it says, the files are of one load. A tab that was closed while it wrote leaves no inventory.
 */
async function readKept(cache: Cache, address: StorageAddress): Promise<WebFiles> {
  const nothing: WebFiles = new Map();
  try {
    const inventory = await cache.match(inventoryUrl(address), { ignoreVary: true });
    if (!inventory) return nothing;
    const entries: [url: string, bytes: number | null][] = await inventory.json();
    const files = await Promise.all(
      entries.map(async ([url, bytes]): Promise<[string, Blob | null] | undefined> => {
        const response = await cache.match(url, { ignoreVary: true });
        if (!response) return undefined;
        if (bytes === null) return response.status === 404 ? [url, null] : undefined;
        const blob = await response.blob();
        return response.ok && blob.size === bytes ? [url, blob] : undefined;
      }),
    );
    const whole = files.filter((file) => file !== undefined);
    return whole.length === files.length ? new Map(whole) : nothing;
  } catch {
    // A cache that cannot be read counts as empty.
    return nothing;
  }
}

/** @throws what the browser throws where it has no room, after which nothing of these files is there */
async function write(cache: Cache, files: WebFiles, address: StorageAddress): Promise<void> {
  const written = [inventoryUrl(address)];
  // With the largest first, the first write fails where there is no room.
  const largestFirst = [...files].sort(([, a], [, b]) => (b?.size ?? 0) - (a?.size ?? 0));
  try {
    await cache.delete(inventoryUrl(address));
    for (const [url, file] of largestFirst) {
      written.push(url);
      await cache.put(url, responseOf(file, address));
    }
    const entries = [...files].map(([url, file]) => [url, file?.size ?? null]);
    const inventory = responseOf(new Blob([JSON.stringify(entries)]), address);
    inventory.headers.set(keptHeaders.inventory, '1');
    await cache.put(inventoryUrl(address), inventory);
  } catch (error) {
    await Promise.allSettled(written.map((url) => cache.delete(url)));
    throw error;
  }
}

/** Address of the inventory. No file of a model has such a name. */
function inventoryUrl({ base }: StorageAddress): string {
  const url = new URL(base);
  url.pathname += '.tabgrad-inventory';
  return url.href;
}

/** Runs the work under a lock where the browser has them: two tabs may cache two versions of a model at once. */
async function alone(address: StorageAddress, work: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks;
  await (locks ? locks.request(`tabgrad-keep ${address.base.href}`, work) : work());
}

/** A response for the cache, which streams its body from the Blob. */
function responseOf(file: Blob | null, { source, revision }: StorageAddress): Response {
  const headers = new Headers({
    [keptHeaders.source]: encodeURIComponent(source),
    [keptHeaders.bytes]: String(file?.size ?? 0),
  });
  if (revision !== undefined) headers.set(keptHeaders.revision, encodeURIComponent(revision));
  return new Response(file, { status: file ? 200 : 404, headers });
}

function explain(error: unknown, files: WebFiles): string {
  const bytes = [...files.values()].reduce((sum, file) => sum + (file?.size ?? 0), 0);
  const why =
    (error as { name?: string }).name === 'QuotaExceededError'
      ? `there is no room for its ${Math.ceil(bytes / 1e6)} MB. Delete another cached model to make some`
      : String(error);
  return `The model is loaded but not kept for the next visit: ${why}.`;
}
