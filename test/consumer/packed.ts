import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const weights = join(root, 'public/weights');

export interface Packed {
  /** Of the tarball, in the folder that it was asked for. */
  filename: string;
  /** Paths of all that would be published. */
  files: string[];
}

/** Packs the library, as it would be published. */
export async function pack(folder: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return { filename, files: files.map(({ path }) => path) };
}

/** Installs what the folder's package.json says, from npm's cache where that has it. */
export async function install(folder: string): Promise<void> {
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
}

/** The library of an example's package.json is the repository's: puts the tarball in its place. */
export async function useTarball(example: string, tarball: string): Promise<void> {
  const file = join(example, 'package.json');
  const text = await readFile(file, 'utf8');
  if (!text.includes('"file:../.."'))
    throw new Error(`${file} does not install the library of the repository.`);
  await writeFile(file, text.replace('"file:../.."', JSON.stringify(`file:${tarball}`)));
}
