import { AbortError, DownloadError } from '../../errors.ts';
import { type ModelCache, openCache } from './cache.ts';
import { httpError, messageError, pageError } from './httpErrors.ts';
import { errorMessage, isPage, saysHtml } from './notAModelFile.ts';
import { createProgress } from './progress.ts';
import { type FileReader, isMissing, missingFile, type SourceOptions } from './reader.ts';
import { fileUrl, nameOf, type StorageAddress } from './storageAddress.ts';
import { reason, transfer } from './transfer.ts';

/** Reads a model's folder on the web, first from the browser's cache. */
export function webReader(address: StorageAddress, options: SourceOptions): FileReader {
  const { onProgress, signal, stallTimeout = 60_000, retryDelay = 500 } = options;
  const progressOf = createProgress(onProgress);
  const note = (message: string) => onProgress?.({ status: 'note', message });
  // A hub is not told the page's address.
  const fetching: RequestInit = address.revision === undefined ? {} : { referrerPolicy: 'no-referrer' };
  let opening: Promise<ModelCache | undefined> | undefined;
  const opened = () => {
    opening ??= options.cache === false ? Promise.resolve(undefined) : openCache(address, note);
    return opening;
  };
  /** Files that were downloaded, or found missing (null), and are not in the cache yet. */
  const found = new Map<string, Blob | null>();

  async function download(path: string, url: string, noStore: boolean): Promise<Blob> {
    const progress = progressOf(path);
    const blob = await transfer({
      url,
      progress,
      signal,
      stallTimeout,
      retryDelay,
      // A file that goes into the Cache API needs no second copy in the HTTP cache.
      fetching: noStore ? { ...fetching, cache: 'no-store' } : fetching,
      errorOf(response) {
        if (!response.ok) return httpError(response, url, address);
        return saysHtml(response) ? pageError(path, url, address) : undefined;
      },
    });
    if (await isPage(blob)) throw pageError(path, url, address);
    const said = await errorMessage(blob);
    if (said !== undefined) throw messageError(said, url);
    progress.done();
    return blob;
  }

  return {
    label: nameOf(address),
    pythonSource: pythonSourceOf(address),
    async read(path) {
      const url = fileUrl(address, path);
      const stopIfAborted = () => {
        if (signal?.aborted) throw new AbortError(`Stopped: the download of ${url} was aborted.`);
      };
      stopIfAborted();
      const cache = await opened();
      const cached = cache?.kept.get(url);
      if (cached === null) throw missingFile(path, nameOf(address));
      if (cached) {
        const progress = progressOf(path);
        progress.start(cached.size, true);
        progress.done();
        return cached;
      }
      try {
        const blob = await download(path, url, cache !== undefined);
        if (cache) found.set(url, blob);
        return blob;
      } catch (error) {
        stopIfAborted();
        if (cache && isMissing(error)) found.set(url, null);
        if (error instanceof Error && 'url' in error) throw error;
        throw new DownloadError(
          `${url} could not be downloaded: ${reason(error)}. Is the server reachable, and nothing in between that blocks it?`,
          { url },
        );
      }
    },
    async has(path) {
      const patience = AbortSignal.timeout(stallTimeout);
      const response = await fetch(fileUrl(address, path), {
        ...fetching,
        signal: signal ? AbortSignal.any([signal, patience]) : patience,
      }).catch(() => null);
      const reader = response?.body?.getReader();
      const start = await reader?.read().catch(() => null);
      await reader?.cancel().catch(() => {});
      return response?.ok === true && !saysHtml(response) && !(await isPage(new Blob([start?.value ?? ''])));
    },
    async keep() {
      const cache = await opened();
      if (found.size > 0) await cache?.keep(new Map([...cache.kept, ...found]));
    },
  };
}

function pythonSourceOf({ source, revision }: StorageAddress): string {
  if (revision === undefined) return '"its folder"';
  return `"${source}"${revision === 'main' ? '' : `, revision=${JSON.stringify(revision)}`}`;
}
