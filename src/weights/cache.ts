import { isNode } from './disk.ts';
import type { Place } from './place.ts';

/** Name in the browser's Cache Storage. Another layout of what is kept gets another number. */
export const cacheName = 'tabgrad-models-v1';

/** Headers of a kept file: whose it is (`encodeURIComponent`, as headers are ASCII), and how long it must be. */
export const keptHeaders = {
  source: 'x-tabgrad-source',
  revision: 'x-tabgrad-revision',
  bytes: 'x-tabgrad-bytes',
};

/** What the browser keeps of one model. The key of a file is its URL, which holds a hub's repository and revision. */
export interface ModelCache {
  /** @returns the file, null if it is known not to exist, undefined if nothing is known */
  find(url: string): Promise<Blob | null | undefined>;
  /**
   * Keeps files, null for those that do not exist: all, or none if one cannot be kept. Another tab that keeps the same at
   * the same time writes the same: each file is replaced as a whole. It does not throw.
   */
  keep(files: ReadonlyMap<string, Blob | null>): Promise<void>;
}

/**
 * @param note told, once, when models cannot be kept here
 * @returns undefined where they cannot: no secure context, storage that is blocked, or Node
 */
export async function openCache(
  place: Place,
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
    async find(url) {
      try {
        const response = await cache.match(url, { ignoreVary: true });
        if (!response) return undefined;
        if (response.status === 404) return null;
        const blob = await response.blob();
        if (blob.size === Number(response.headers.get(keptHeaders.bytes))) return blob;
        await cache.delete(url);
      } catch {
        // A cache that cannot be read is as good as an empty one.
      }
      return undefined;
    },
    async keep(files) {
      const written: string[] = [];
      // The largest first: if there is no room, it shows at once.
      const largestFirst = [...files].sort(([, a], [, b]) => (b?.size ?? 0) - (a?.size ?? 0));
      try {
        for (const [url, file] of largestFirst) {
          written.push(url);
          await cache.put(url, responseOf(file, place));
        }
      } catch (error) {
        await Promise.allSettled(written.map((url) => cache.delete(url)));
        note(explain(error, files));
      }
    },
  };
}

/** The body is streamed from where the browser holds the Blob. */
function responseOf(file: Blob | null, { source, revision }: Place): Response {
  const headers = new Headers({
    [keptHeaders.source]: encodeURIComponent(source),
    [keptHeaders.bytes]: String(file?.size ?? 0),
  });
  if (revision !== undefined) headers.set(keptHeaders.revision, encodeURIComponent(revision));
  return new Response(file, { status: file ? 200 : 404, headers });
}

function explain(error: unknown, files: ReadonlyMap<string, Blob | null>): string {
  const bytes = [...files.values()].reduce((sum, file) => sum + (file?.size ?? 0), 0);
  const why =
    (error as { name?: string }).name === 'QuotaExceededError'
      ? `there is no room for its ${Math.ceil(bytes / 1e6)} MB. Delete another cached model to make some`
      : String(error);
  return `The model is loaded but not kept for the next visit: ${why}.`;
}
