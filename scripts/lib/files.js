/** Files that are whole or not there: pinned sums, names of one's own, moves into place. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @param {string} path @returns {Promise<number>} bytes; -1 where there is no such file */
export async function sizeOf(path) {
  return (await stat(path).catch(() => undefined))?.size ?? -1;
}

/** @param {string} path @returns {Promise<string>} hexadecimal */
export async function sha256Of(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Whether the file is there, byte for byte.
 * @param {string} path
 * @param {import('./modelFiles.js').PinnedFile} file
 */
export async function isRight(path, file) {
  return (await sizeOf(path)) === file.size && (await sha256Of(path)) === file.sha256;
}

/**
 * A name beside `target` that no other running process uses, so that two set-ups at once write to different files and
 * only whole files get the final name.
 * @param {string} target
 * @param {string} kind
 */
export function ownName(target, kind) {
  return `${target}.${process.pid}.${kind}`;
}

/**
 * The {@link ownName}s of processes that are gone.
 * @param {string} target
 * @param {string} kind
 * @returns {Promise<string[]>} paths
 */
export async function abandonedNames(target, kind) {
  const folder = dirname(target);
  const prefix = `${basename(target)}.`;
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => {
      if (!name.startsWith(prefix) || !name.endsWith(`.${kind}`)) return false;
      const id = name.slice(prefix.length, -kind.length - 1);
      return /^\d+$/.test(id) && !isRunning(Number(id));
    })
    .map((name) => join(folder, name));
}

/** @param {number} id */
function isRunning(id) {
  try {
    return process.kill(id, 0); // Signal 0 asks only.
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Copies a pinned file into place: beside it first, checked, then renamed. Shares the blocks where the file system
 * can.
 * @param {string} from
 * @param {string} to
 * @param {import('./modelFiles.js').PinnedFile} file
 * @returns {Promise<boolean>} false, and nothing done, where `from` is missing or wrong
 */
export async function copyIfRight(from, to, file) {
  if ((await sizeOf(from)) !== file.size) return false;
  await mkdir(dirname(to), { recursive: true });
  const aside = ownName(to, 'copy');
  try {
    await copyFile(from, aside, constants.COPYFILE_FICLONE);
    if (!(await isRight(aside, file))) return false;
    await rename(aside, to);
    return true;
  } finally {
    for (const path of [aside, ...(await abandonedNames(to, 'copy'))]) await rm(path, { force: true });
  }
}

/**
 * Makes the folder if need be.
 * @param {string} folder
 * @returns {Promise<boolean>} whether files can be written there
 */
export async function isWritable(folder) {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The user's cache folder for tabgrad.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'tabgrad');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'tabgrad');
  if (platform === 'win32' && local) return join(local, 'tabgrad', 'Cache');
  return join(homedir(), '.cache', 'tabgrad');
}
