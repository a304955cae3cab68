/** What the tests need from the system, installed with apt-get where that is possible, said where it is not. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backportsEntry } from './aptSources.js';
import { SetupError, since } from './log.js';
import { run } from './run.js';

/** Dawn finds no adapter in lavapipe before this Mesa. */
const mesaWanted = 23;

/** @typedef {{ chromium: boolean, vulkan: boolean }} Missing */
/** @typedef {{ command: string[], input?: string }} Step to run as root */

/**
 * Installs what is missing.
 * @param {Missing} missing
 * @param {import('./log.js').Log} log
 * @throws {SetupError} no apt-get, no way to become root (the message has the commands), or an installation that
 * failed
 */
export async function installMissing(missing, log) {
  const what = [missing.chromium && 'Chromium', missing.vulkan && "Mesa's lavapipe (a Vulkan driver)"]
    .filter(Boolean)
    .join(' and ');
  const release = parseRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  if ((await run('apt-get', ['--version'])).code !== 0) {
    throw new SetupError(
      `The tests need ${what}, and this system has no apt-get. Install Chromium or Chrome (CHROMIUM_PATH names one that is ` +
        `not on PATH) and Mesa ${mesaWanted} or newer with lavapipe (TABGRAD_VULKAN=native takes the GPU's own driver), then run npm test again.`,
    );
  }
  const steps = planInstall(missing, release, await mesaCandidate(), await readSources());
  const asRoot = await rootPrefix();
  if (!asRoot) {
    throw new SetupError(
      `The tests need ${what}. Installing needs root; run these commands, then npm test again:\n\n${asShell(steps)}`,
    );
  }
  const start = Date.now();
  log.say(`System: installing ${what} with apt-get …`);
  for (const { command, input } of steps) {
    const [first = '', ...rest] = [...asRoot, ...command];
    const { code, output } = await run(first, rest, { input });
    if (code !== 0) throw new SetupError(`${command.join(' ')} failed with exit status ${code}:\n${output}`);
  }
  log.say(`System: installed in ${since(start)}.`);
}

/**
 * The steps that bring in what is missing. Debian 12's own Mesa is too old: it comes from backports there.
 * @param {Missing} missing
 * @param {{ id: string, codename: string }} release
 * @param {number | undefined} mesa major version that apt would install; undefined where its lists are empty
 * @param {readonly import('./aptSources.js').SourcesFile[]} sources
 * @returns {Step[]}
 */
export function planInstall(missing, { id, codename }, mesa, sources) {
  /** @type {Step[]} */
  const steps = [];
  const packages = missing.chromium
    ? [id === 'ubuntu' ? 'chromium-browser' : 'chromium', 'fonts-liberation']
    : [];
  const install = [
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    'install',
    '-y',
    '--no-install-recommends',
  ];
  const old = mesa === undefined ? codename === 'bookworm' : mesa < mesaWanted;
  const fromBackports = missing.vulkan && old && id === 'debian';
  if (fromBackports) {
    const entry = backportsEntry(sources, codename);
    if (!entry) {
      throw new SetupError(
        `The tests need Mesa ${mesaWanted} or newer, from ${codename}-backports, and apt's sources have no entry for ${codename} to derive it from. ` +
          'Add backports by hand, install mesa-vulkan-drivers from it, then run npm test again.',
      );
    }
    if (entry !== 'present') steps.push({ command: ['tee', entry.path], input: entry.text });
  } else if (missing.vulkan) {
    packages.push('mesa-vulkan-drivers');
  }
  steps.push({ command: ['apt-get', 'update'] });
  if (packages.length > 0) steps.push({ command: [...install, ...packages] });
  if (fromBackports)
    steps.push({ command: [...install, '-t', `${codename}-backports`, 'mesa-vulkan-drivers'] });
  return steps;
}

/** @param {readonly Step[]} steps @returns {string} what to type */
export function asShell(steps) {
  return steps
    .map(({ command, input }) => `  sudo ${command.join(' ')}${input ? ` <<'END'\n${input}END` : ''}`)
    .join('\n');
}

/** @param {string} text of /etc/os-release */
export function parseRelease(text) {
  /** @param {string} name */
  const value = (name) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}

/** The words before a command that make it root's; undefined where nobody can without a password. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return (await run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined;
}

async function mesaCandidate() {
  const { output } = await run('apt-cache', ['policy', 'mesa-vulkan-drivers'], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const major = /Candidate: (?:\d+:)?(\d+)/.exec(output)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** @returns {Promise<import('./aptSources.js').SourcesFile[]>} the files that apt reads */
async function readSources() {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const paths = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name));
  const all = ['/etc/apt/sources.list', ...paths.sort()];
  return Promise.all(all.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })));
}
