import { DownloadError, type ModelFormatError } from '../../errors.ts';
import { missingFile } from './reader.ts';
import { nameOf, type StorageAddress } from './storageAddress.ts';

/** The error for a response with a status other than 2xx: its status, and what to do. */
export function httpError(response: Response, url: string, address: StorageAddress): DownloadError {
  const { status } = response;
  const retryAfter = status === 429 || status === 503 ? secondsToWait(response) : undefined;
  const advice = address.revision === undefined ? adviceOf(status) : hubAdviceOf(status, address);
  const patience = retryAfter === undefined ? '' : ` It asks to wait ${retryAfter} s.`;
  return new DownloadError(
    `${url} could not be downloaded: the server answered ${status}. ${advice}${patience}`,
    { url, status, ...(retryAfter !== undefined && { retryAfter }) },
  );
}

function adviceOf(status: number): string {
  if (status === 404) return 'Check the address: there is no such file.';
  if (status === 401 || status === 403) return 'It wants a login that this page does not have.';
  if (status === 429) return 'It had too many requests: try again later.';
  if (status >= 500) return 'The fault is on its side: try again later.';
  return 'Check the address.';
}

function hubAdviceOf(status: number, { source, revision }: StorageAddress): string {
  const files = 'download its folder with an account and open the files instead';
  switch (status) {
    case 401:
      return `There is no public model ${source}: check the spelling (a folder next to the page is written ./${source}). If it is private or gated, ${files}.`;
    case 403:
      return `${source} is gated or private: accept its terms on the hub, ${files}.`;
    case 404:
      return `${source} has no such file at the revision ${revision}: check the spelling of both (a folder next to the page is written ./${source}).`;
    default:
      return adviceOf(status);
  }
}

/** Seconds until the time in Retry-After, which is a number of seconds or a date. */
function secondsToWait(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** The error for an HTML page instead of a file: a folder's server may send one for a missing file; a hub does not. */
export function pageError(
  path: string,
  url: string,
  address: StorageAddress,
): DownloadError | ModelFormatError {
  if (address.revision === undefined) {
    const error = missingFile(path, `${nameOf(address)} (the server answers with an HTML page instead)`);
    return Object.assign(error, { url });
  }
  return new DownloadError(
    `${url} came as an HTML page, not as the file: a login or error page, perhaps of the network in between. Open the address in a tab to see what it says.`,
    { url, status: 200 },
  );
}

/** The error for an error message that came with status 200. */
export function messageError(said: string, url: string): DownloadError {
  return new DownloadError(
    `${url} could not be downloaded: in the place of the file came the message ${JSON.stringify(said)}. Try again later.`,
    { url, status: 200 },
  );
}
