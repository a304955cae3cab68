import { AbortError, DownloadError, throwIfAborted } from '../errors.ts';
import { createProgress, type FileProgress } from './progress.ts';
import { type FileReader, missingFile, type SourceOptions } from './reader.ts';

/**
 * A model's folder on the web.
 * @param source its URL, absolute or relative to the page's; a query stays behind the path
 * @throws DownloadError if it is no URL
 */
export function urlReader(source: string, { onProgress, signal }: SourceOptions): FileReader {
  const base = baseUrl(source);
  const progressOf = createProgress(onProgress);
  return {
    place: base.href,
    async read(path) {
      const url = fileUrl(base, path);
      try {
        throwIfAborted(signal);
        const progress = progressOf(path);
        const response = await fetch(url, { signal });
        if (!response.ok || isPage(response)) {
          await response.body?.cancel();
          throw refusal(response, path, url, base);
        }
        return await receive(response, progress, url);
      } catch (error) {
        if (signal?.aborted) throw new AbortError(`Stopped: the download of ${url} was aborted.`);
        if (error instanceof Error && 'url' in error) throw error;
        throw new DownloadError(
          `${url} could not be downloaded: ${reason(error)}. Is the server reachable?`,
          { url },
        );
      }
    },
    async has(path) {
      const response = await fetch(fileUrl(base, path), { method: 'HEAD', signal }).catch(() => null);
      return response?.ok === true && !isPage(response);
    },
  };
}

/** Streams the body into a Blob: the browser keeps that outside the heap, and may keep it on the disk. */
async function receive(response: Response, progress: FileProgress, url: string): Promise<Blob> {
  const length = contentLength(response);
  progress.start(length);
  let loaded = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      progress.advance(loaded);
      controller.enqueue(chunk);
    },
  });
  const blob = response.body ? await new Response(response.body.pipeThrough(counter)).blob() : new Blob([]);
  // Another origin may compress without letting us see that header, so lengths can be compared on the same one only.
  if (length !== null && response.type !== 'cors' && blob.size !== length) {
    throw new DownloadError(
      `${url} ended after ${blob.size} of ${length} bytes. Try again: the connection was cut.`,
      { url, status: response.status },
    );
  }
  progress.done();
  return blob;
}

/** @returns bytes that will come, or null where the header is not there or counts compressed bytes. */
function contentLength(response: Response): number | null {
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  const length = response.headers.get('content-length');
  return encoding === 'identity' && length !== null && /^\d+$/.test(length) ? Number(length) : null;
}

/** No file of a model is an HTML page: it is a server's fallback for files that do not exist. */
function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.toLowerCase().startsWith('text/html') ?? false;
}

function refusal(response: Response, path: string, url: string, base: URL): Error {
  if (!response.ok) {
    return new DownloadError(`${url} could not be downloaded: the server answered ${response.status}.`, {
      url,
      status: response.status,
    });
  }
  const error = missingFile(path, `${base.href} (the server answers with an HTML page instead)`);
  return Object.assign(error, { url });
}

function baseUrl(source: string): URL {
  const here = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(source, here)) {
    throw new DownloadError(
      `${JSON.stringify(source)} is not a URL. Give an absolute one, with https: in front.`,
      {
        url: source,
      },
    );
  }
  const base = new URL(source, here);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

function fileUrl(base: URL, path: string): string {
  const url = new URL(base);
  url.pathname += path;
  return url.href;
}

/** fetch says little more than "failed"; the cause, where there is one, says why. */
function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return cause?.message || message || String(error);
}
