import { ArgumentError, DownloadError } from '../../errors.ts';
import type { SourceSettings } from '../../types.ts';

/** The model hub for ids without a hub of their own. */
export const publicHub = 'https://huggingface.co';

/** A model's folder on the web. */
export interface StorageAddress {
  /** Address of the folder; its path ends in a slash. */
  base: URL;
  /** Name in messages and in the list of cached models: a hub id, or the address. */
  source: string;
  /** Branch, tag or commit, where the source is a hub id. */
  revision?: string;
}

/** Whether a source is a hub's id, exactly `owner/name`: a path begins with `/` or `.`, or has more than two parts. */
export function isHubId(source: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(source);
}

/**
 * The folder's address for a hub id or a URL.
 * @param source `owner/name`, or an address, absolute or relative to the page's; a query stays behind the path
 * @throws DownloadError if it is neither
 * @throws ArgumentError for a bad hub or revision
 * @see https://huggingface.co/docs/hub/models-downloading for the layout `<id>/resolve/<revision>/<path>`
 */
export function storageAddressOf(
  source: string,
  { hub = publicHub, revision = 'main' }: Pick<SourceSettings, 'hub' | 'revision'>,
): StorageAddress {
  if (!isHubId(source)) {
    const base = folderUrl(source);
    if (base) return { base, source: base.href };
    throw new DownloadError(
      `${JSON.stringify(source)} is not a URL. Give an absolute one, with https: in front, or a hub id (owner/name).`,
      { url: source },
    );
  }
  if (typeof revision !== 'string' || /^\s*\.{0,2}\s*$/.test(revision)) {
    throw new ArgumentError(
      `revision is ${JSON.stringify(revision)}. Give the name of a branch or tag, or a commit.`,
      { argument: 'revision' },
    );
  }
  const base = typeof hub === 'string' ? folderUrl(hub) : undefined;
  if (!base) {
    throw new ArgumentError(`hub is ${JSON.stringify(hub)}. Give the hub's address, as ${publicHub}.`, {
      argument: 'hub',
    });
  }
  base.pathname += `${source}/resolve/${encodeURIComponent(revision)}/`;
  return { base, source, revision };
}

/** Address of a file in the folder. */
export function fileUrl({ base }: StorageAddress, path: string): string {
  const url = new URL(base);
  // Encoded, so that in a path from a model's file %2e%2e does not leave the folder and ? begins no query.
  url.pathname += path.split('/').map(encodeURIComponent).join('/');
  return url.href;
}

/** The folder's name in messages. */
export function nameOf({ base, source, revision }: StorageAddress): string {
  return revision === undefined ? base.href : `${source} (${revision}) on ${base.host}`;
}

function folderUrl(address: string): URL | undefined {
  const here = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(address, here)) return undefined;
  const base = new URL(address, here);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
