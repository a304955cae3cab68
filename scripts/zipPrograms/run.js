/**
 * `node scripts/zipPrograms/run.js`: makes zips by `zipStream` and `zipBlob` and has other programs check and unpack
 * them. Prints a line a program and ends with status 1 unless each one present gives every file back. Debian has them
 * as unzip, python3, p7zip-full, libarchive-tools and default-jdk-headless.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createServer } from 'vite';
import { root } from '../lib/run.js';

const java = join(import.meta.dirname, 'Unpack.java');
/**
 * How each program is called for a zip and the folder to unpack it to.
 * @type {[string, (zip: string, to: string) => string[]][]}
 */
const programs = [
  ['unzip -t', (zip) => ['unzip', '-t', zip]],
  ['unzip', (zip, to) => ['unzip', '-q', zip, '-d', to]],
  ['Python zipfile', (zip, to) => ['python3', '-m', 'zipfile', '-e', zip, to]],
  ['7z', (zip, to) => ['7z', 'x', '-bd', `-o${to}`, zip]],
  ['bsdtar', (zip, to) => ['bsdtar', '-xf', zip, '-C', to]],
  ['Java ZipInputStream', (zip, to) => ['java', java, zip, to]],
];

/** Weights of two pieces, in which a zip's signatures occur; texts; an empty file; a name beyond ASCII. */
const weights = new Uint8Array(5e6).map((_, i) => (i * i) % 251);
weights.set([0x50, 0x4b, 3, 4, 0x50, 0x4b, 7, 8, 0x50, 0x4b, 1, 2], 4321);
const text = new TextEncoder().encode('{"pooling": "mean"}\n'.repeat(500));
/** @type {import('../../src/types.ts').SavedFiles} */
const files = new Map([
  ['model.safetensors', weights],
  ['1_Pooling/config.json', text],
  ['heads/größe/config.json', text],
  ['empty.txt', new Uint8Array()],
]);

const server = await createServer({
  root,
  server: { middlewareMode: true },
  optimizeDeps: { noDiscovery: true },
  appType: 'custom',
  logLevel: 'error',
});
const { zipBlob, zipStream } = /** @type {typeof import('../../src/files/zip/zip.ts')} */ (
  await server.ssrLoadModule('/src/files/zip/zip.ts')
);
const { filesOf, partsIn } = /** @type {typeof import('../../src/files/fileParts.ts')} */ (
  await server.ssrLoadModule('/src/files/fileParts.ts')
);
const folder = await mkdtemp(join(tmpdir(), 'zip-programs-'));
try {
  const zips = {
    zipStream: await new Response(zipStream(files, 'my-model')).arrayBuffer(),
    zipBlob: await (await zipBlob(filesOf(partsIn(files)), 'my-model')).arrayBuffer(),
  };
  for (const [name, bytes] of Object.entries(zips)) {
    const zip = join(folder, `${name}.zip`);
    await writeFile(zip, new Uint8Array(bytes));
    for (const [program, call] of programs) {
      const to = join(folder, name, program);
      await mkdir(to, { recursive: true });
      const outcome = await tryProgram(
        call(zip, to),
        program === 'unzip -t' ? undefined : join(to, 'my-model'),
      );
      if (outcome !== 'reads it' && outcome !== 'is not here') process.exitCode = 1;
      console.log(`${name}: ${program} ${outcome}`);
    }
  }
} finally {
  await rm(folder, { recursive: true });
  await server.close();
}

/** @param {string[]} call @param {string | undefined} unpacked where its files are then @returns {Promise<string>} */
async function tryProgram([command = '', ...args], unpacked) {
  try {
    await promisify(execFile)(command, args);
  } catch (error) {
    const { code, stderr = '' } = /** @type {{ code?: unknown, stderr?: string }} */ (error);
    return code === 'ENOENT' ? 'is not here' : `fails: ${stderr.trim().split('\n')[0]}`;
  }
  for (const [path, bytes] of unpacked === undefined ? [] : files) {
    const found = await readFile(join(/** @type {string} */ (unpacked), path)).catch(() => undefined);
    if (!found || Buffer.compare(found, bytes) !== 0) return `has other bytes in ${path}`;
  }
  return 'reads it';
}
