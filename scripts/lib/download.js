/** One pinned file over HTTP. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { abandonedNames, ownName, sha256Of, sizeOf } from './files.js';
import { SetupError } from './log.js';

/**
 * @typedef {object} DownloadOptions
 * @property {(bytes: number) => void} [onProgress] bytes of this file so far, resumed ones included
 * @property {number} [connectMs] how long the server may take to answer with headers, redirects included
 * @property {number} [stallMs] how long the body may pause
 */

/** A transfer is given up after this many that broke. */
const attempts = 5;

/**
 * Fetches `url` to `target`. The bytes go to a part file beside it, which gets the final name only when its sha256 is
 * right. A broken transfer is resumed, also one of an earlier process; a server that knows no ranges starts again.
 * @param {string} url
 * @param {string} target
 * @param {import('./modelFiles.js').PinnedFile} file what it must be
 * @param {DownloadOptions} [options]
 * @throws {SetupError} no answer, an answer other than 200 or 206, a stall, or wrong bytes
 */
export async function download(url, target, file, options = {}) {
  await mkdir(dirname(target), { recursive: true });
  const part = await claimPart(target);
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    let moved = false;
    const onProgress = (/** @type {number} */ bytes) => {
      moved = true;
      options.onProgress?.(bytes);
    };
    try {
      if (before !== file.size) await transfer(url, part, file.size, { ...options, onProgress });
    } catch (error) {
      const discarded = before > 0 && (await sizeOf(part)) < 0;
      const again = discarded || (moved && !(error instanceof TooLong));
      if (!again || attempt >= attempts) throw new SetupError(`${url}: ${reason(error)}`);
      await pause(200 * attempt);
      continue;
    }
    const sha256 = await sha256Of(part);
    if (sha256 === file.sha256) break;
    await rm(part);
    // What was resumed may have been another file's beginning: once more, from the start.
    if (before > 0 && attempt < attempts) continue;
    throw new SetupError(`${url}: wrong bytes, sha256 ${sha256} where ${file.sha256} is expected.`);
  }
  await rename(part, target);
}

/**
 * The part file of this process. The longest one that a process now gone has left becomes ours: renaming is atomic,
 * so of two processes only one gets it and the other starts anew.
 * @param {string} target
 */
async function claimPart(target) {
  const part = ownName(target, 'part');
  for (const left of await abandonedNames(target, 'part')) {
    try {
      if ((await sizeOf(left)) > (await sizeOf(part))) await rename(left, part);
      else await rm(left);
    } catch {
      // Another process took it first.
    }
  }
  return part;
}

/**
 * One request: appends what is missing to the part, or writes it anew if the server sends the whole.
 * @param {string} url
 * @param {string} part
 * @param {number} size of the whole file
 * @param {DownloadOptions & { onProgress: (bytes: number) => void }} options
 */
async function transfer(url, part, size, { onProgress, connectMs = 10_000, stallMs = 15_000 }) {
  if ((await sizeOf(part)) > size) await rm(part);
  let received = Math.max(await sizeOf(part), 0);

  const watchdog = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @param {number} ms @param {string} what */
  const within = (ms, what) => {
    clearTimeout(timer);
    timer = setTimeout(() => watchdog.abort(new Error(`${what} for ${ms / 1000} s`)), ms);
  };

  try {
    within(connectMs, 'no answer');
    /** @type {Record<string, string>} */
    const headers = { 'accept-encoding': 'identity' }; // Ranges count the bytes as they are.
    if (received > 0) headers.range = `bytes=${received}-`;
    const response = await fetch(url, { headers, signal: watchdog.signal });
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Error(`the server has no bytes from ${received} on (status 416)`);
    }
    if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`);
    const resumes = response.status === 206;
    const range = response.headers.get('content-range') ?? '';
    if (resumes && !range.startsWith(`bytes ${received}-`)) {
      throw new Error(`asked for the bytes from ${received} on, the server sends "${range}"`);
    }
    if (!resumes) received = 0;

    const output = await open(part, resumes ? 'a' : 'w');
    try {
      within(stallMs, 'the transfer has stalled');
      for await (const chunk of response.body ?? []) {
        received += chunk.length;
        if (received > size) throw new TooLong(`more than the ${size} bytes it should have`);
        await output.write(chunk);
        within(stallMs, 'the transfer has stalled');
        onProgress(received);
      }
    } finally {
      await output.close();
    }
    if (received < size) throw new Error(`the transfer ended after ${received} of ${size} bytes`);
  } catch (error) {
    if (error instanceof TooLong) await rm(part, { force: true });
    throw error;
  } finally {
    clearTimeout(timer);
    watchdog.abort(); // Lets go of a body that was not read to its end.
  }
}

/** The file at the address is another one. */
class TooLong extends Error {}

/** The innermost message: fetch says only "fetch failed". @param {unknown} error @returns {string} */
function reason(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.cause) return reason(error.cause);
  // An error of several attempts (IPv6, IPv4) has a code, and no message.
  return error.message || String(/** @type {NodeJS.ErrnoException} */ (error).code ?? error.name);
}
