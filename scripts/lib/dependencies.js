/** The packages of package-lock.json, exactly. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SetupError, since } from './log.js';
import { root, run } from './run.js';

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} LockedPackages */

/**
 * Runs `npm ci` unless node_modules already is what the lockfile says.
 * @param {import('./log.js').Log} log
 * @param {string} [folder] of package.json and package-lock.json
 */
export async function ensureDependencies(log, folder = root) {
  const locked = await packagesOf(join(folder, 'package-lock.json'));
  if (!locked)
    throw new SetupError(`${join(folder, 'package-lock.json')} is missing: this is not a whole checkout.`);
  const installed = await packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (installed && sameInstall(locked, installed)) return;

  const start = Date.now();
  log.say('Packages: installing what package-lock.json says (npm ci) …');
  const { command, args } = npm();
  // --include=dev: NODE_ENV=production would leave out the tools that build the page.
  const { code, output } = await run(command, [...args, 'ci', '--include=dev'], { cwd: folder });
  if (code !== 0) throw new SetupError(`npm ci failed with exit status ${code}:\n${output}`);
  log.say(`Packages: installed in ${since(start)}.`);
}

/**
 * Compares the lockfile with the one npm writes into node_modules when an installation is complete.
 * @param {LockedPackages} locked
 * @param {LockedPackages} installed
 */
export function sameInstall(locked, installed) {
  const wanted = Object.entries(locked).filter(([path]) => path !== '');
  return (
    Object.keys(installed).every((path) => path in locked) &&
    wanted.every(([path, { version, integrity, optional }]) => {
      const found = installed[path];
      // Optional packages are mostly those of other systems: npm leaves them out.
      return found ? found.version === version && found.integrity === integrity : optional === true;
    })
  );
}

/**
 * @param {string} path
 * @returns {Promise<LockedPackages | undefined>} undefined where there is no such file, or no sound one
 */
async function packagesOf(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that started this script, else the one on PATH. */
function npm() {
  const started = process.env.npm_execpath ?? '';
  if (basename(started) === 'npm-cli.js') return { command: process.execPath, args: [started] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}
