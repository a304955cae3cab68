import { AbortError, DownloadError, throwIfAborted } from '../../errors.ts';
import { piecesOf } from '../fileParts.ts';
import type { FileProgress } from './progress.ts';
import { isSameVersion, type Version, versionOf } from './responseVersion.ts';

/** Times that a download that was cut is continued. */
const resumes = 4;

/** Times in a row that a busy or broken server is asked again. */
const retries = 2;

/** Most seconds that a server may ask to wait. If it asks for more, the download fails with an error that says so. */
const longestWait = 10;

/** Bytes that wait in the JavaScript heap before they go into a Blob. */
const most = 4 * 2 ** 20;

export interface Transfer {
  url: string;
  progress: FileProgress;
  signal: AbortSignal | undefined;
  stallTimeout: number;
  retryDelay: number;
  /** Options of `fetch` that differ from its defaults. */
  fetching: RequestInit;
  /** The error for a response that is not the file; undefined if it is. */
  errorOf(response: Response): Error | undefined;
}

/** The bytes of a file that have arrived, and how the attempts went. */
interface State {
  parts: Blob[];
  loaded: number;
  version: Version | undefined;
  /** Whether `progress.start` was called. */
  begun: boolean;
  /** Responses in a row of a busy or broken server. */
  refusals: number;
  /** Requests in a row without a response. */
  unanswered: number;
}

/**
 * Downloads a file into a Blob, which the browser keeps outside the JavaScript heap. A body that is cut, or brings
 * nothing for a while, is continued by a range of the same version of the file. Where the server cannot do that, or
 * has another version by now, the download begins again. A server that is busy (429) or broken (5xx) is asked twice
 * more, after the time that it asks for if that is short.
 * @throws AbortError, the error of `errorOf`, and DownloadError for what is cut too often or too long
 */
export async function transfer(what: Transfer): Promise<Blob> {
  const state: State = { parts: [], loaded: 0, version: undefined, begun: false, refusals: 0, unanswered: 0 };
  for (let cuts = 0; ; cuts++) {
    const problem = await attempt(what, state, cuts);
    if (!problem) return new Blob(state.parts);
    if (cuts === resumes || state.refusals > retries) throw problem;
    await pause(Math.max(what.retryDelay * 2 ** cuts, 1000 * waitOf(problem)), what.signal);
  }
}

/** @returns why it should be tried again, or undefined when the file is whole */
async function attempt(what: Transfer, state: State, cuts: number): Promise<Error | undefined> {
  const { url, progress, signal, errorOf } = what;
  throwIfAborted(signal);
  const watch = stopwatch(what.stallTimeout);
  try {
    // A range from another origin may need a preflight, which a hub may refuse: after two requests without a response
    // the whole file is asked for.
    const canAskForRange = state.version?.etag !== undefined && state.unanswered < 2;
    const asked = canAskForRange ? { ...state.version!, from: state.loaded } : undefined;
    let response: Response;
    try {
      response = await fetch(url, {
        signal: signal ? AbortSignal.any([signal, watch.signal]) : watch.signal,
        headers: asked ? rangeOf(asked) : {},
        ...what.fetching,
      });
    } catch (error) {
      // The first request has no response: another attempt would have none either.
      if (cuts === 0 || signal?.aborted) throw error;
      state.unanswered++;
      return cut(what, state, error);
    }
    state.unanswered = 0;
    const version = versionOf(response);
    if (asked && (response.status === 416 || (response.status === 206 && !isSameVersion(version, asked)))) {
      await response.body?.cancel();
      Object.assign(state, { parts: [], loaded: 0, version: undefined });
      return cut(what, state, 'the file changed meanwhile');
    }
    const refused = errorOf(response);
    if (refused) {
      await response.body?.cancel();
      const passes = response.status === 429 || response.status >= 500;
      if (!passes || waitOf(refused) > longestWait) throw refused;
      state.refusals++;
      return refused;
    }
    state.refusals = 0;
    if (!asked && response.status === 206 && version.begin !== 0) {
      await response.body?.cancel();
      throw new DownloadError(`${url} came in part, which nobody asked for. Try again later.`, { url });
    }
    if (!asked || response.status !== 206) {
      Object.assign(state, { parts: [], loaded: 0, version });
      if (!state.begun) progress.start(version.announced);
      state.begun = true;
    }
    const failure = await receive(response, what, state, watch);
    if (signal?.aborted) throw new AbortError(`Stopped: the download of ${url} was aborted.`);
    const { total = null } = state.version ?? {};
    if (total !== null && state.loaded > total) {
      throw new DownloadError(
        `${url} is not what the server announced: ${state.loaded} bytes or more came, and it said ${total}.`,
        { url },
      );
    }
    if (failure !== undefined || (total !== null && state.loaded < total)) return cut(what, state, failure);
    return undefined;
  } finally {
    watch.stop();
  }
}

/** Seconds that the server asks to wait, 0 if it does not. */
function waitOf(problem: Error): number {
  return problem instanceof DownloadError ? (problem.retryAfter ?? 0) : 0;
}

/** If-Range makes a server send another version whole. Other origins would need a preflight: ETags are compared. */
function rangeOf({ from, etag, isSameOrigin }: Version & { from: number }): Record<string, string> {
  const range = { Range: `bytes=${from}-` };
  return isSameOrigin && etag !== undefined ? { ...range, 'If-Range': etag } : range;
}

/** Adds the response's bytes to the state. @returns why the response ended early, or undefined */
async function receive(
  response: Response,
  { progress }: Transfer,
  state: State,
  watch: ReturnType<typeof stopwatch>,
): Promise<unknown> {
  if (!response.body) return undefined;
  let failure: unknown;
  const total = state.version?.total ?? Number.POSITIVE_INFINITY;
  let some: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const handOver = () => {
    if (bytes > 0) state.parts.push(new Blob(some));
    [some, bytes] = [[], 0];
  };
  try {
    for await (const piece of piecesOf(response.body)) {
      watch.restart();
      state.loaded += piece.length;
      if (state.loaded > total) break;
      progress.advance(state.loaded);
      some.push(piece);
      bytes += piece.length;
      if (bytes >= most) handOver();
    }
  } catch (error) {
    failure = error ?? new Error('it broke off');
  }
  handOver();
  return failure;
}

function cut({ url }: Transfer, { loaded, version }: State, failure: unknown): DownloadError {
  const total = version?.total ?? null;
  const of = total === null ? '' : ` of ${total}`;
  const why = failure === undefined ? 'the connection was cut' : reason(failure);
  return new DownloadError(`${url} ended after ${loaded}${of} bytes: ${why}. Try again later.`, { url });
}

/** An error's reason: its cause's message where there is one, as fetch itself says little more than "failed". */
export function reason(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return cause?.message || message || String(error);
}

/** A signal that fires when nothing has restarted it for a while. */
function stopwatch(timeout: number) {
  const controller = new AbortController();
  const ring = () => controller.abort(new Error(`nothing came for ${timeout / 1000} s`));
  let timer = setTimeout(ring, timeout);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(ring, timeout);
    },
    stop: () => clearTimeout(timer),
  };
}

/** @throws AbortError at once when the signal fires */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(go, milliseconds);
    function go() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', go);
      resolve();
    }
    signal?.addEventListener('abort', go);
  });
  throwIfAborted(signal);
}
