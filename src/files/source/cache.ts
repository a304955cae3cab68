import { isNode } from './disk.ts';
import type { StorageAddress } from './storageAddress.ts';

/** Name in the browser's Cache Storage. Another layout of what is kept gets another number. */
export const cacheName = 'tabgrad-models-v1';

/** Headers of a kept file: whose it is (`encodeURIComponent`, as headers are ASCII), and how long it must be. */
export const keptHeaders = {
  source: 'x-tabgrad-source',
  revision: 'x-tabgrad-revision',
  bytes: 'x-tabgrad-bytes',
  /** Of the inventory alone. */
  inventory: 'x-tabgrad-inventory',
};

/** Files by URL, null for those that are known not to exist. */
export type WebFiles = ReadonlyMap<string, Blob | null>;

/** What the browser keeps of one model. The key of a file is its URL, which holds a hub's repository and revision. */
export interface ModelCache {
  /** What was there when the cache was opened, whatever other tabs do meanwhile: all files of a load, or nothing. */
  readonly kept: WebFiles;
  /**
   * Keeps files in the place of what was kept of the model: all, or none if one cannot be kept. It does not throw.
   */
  keep(files: WebFiles): Promise<void>;
}

/**
 * @param note told, once, when models cannot be kept here
 * @returns undefined where they cannot: no secure context, storage that is blocked, or Node
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
 * The inventory is written last and goes first: where it is, and all that it lists is there at the length that it says, the
 * files are those of one load. A tab that was closed while it wrote leaves none.
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
    // A cache that cannot be read is as good as an empty one.
    return nothing;
  }
}

/** @throws what the browser throws where it has no room, after which nothing of these files is there */
async function write(cache: Cache, files: WebFiles, address: StorageAddress): Promise<void> {
  const written = [inventoryUrl(address)];
  // The largest first: if there is no room, it shows at once.
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

/** No model has such a file. */
function inventoryUrl({ base }: StorageAddress): string {
  const url = new URL(base);
  url.pathname += '.tabgrad-inventory';
  return url.href;
}

/** Two tabs may keep the same model at once, of two versions even: one after the other, where the browser has locks. */
async function alone(address: StorageAddress, work: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks;
  await (locks ? locks.request(`tabgrad-keep ${address.base.href}`, work) : work());
}

/** The body is streamed from where the browser holds the Blob. */
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
