/** Reads some files of a zip archive, such as a Python wheel. */
import { readFile } from 'node:fs/promises';

/**
 * @param {string} path of the archive
 * @param {readonly { name: string, size: number }[]} wanted names in the archive and their sizes, unpacked
 * @param {(name: string, bytes: Uint8Array) => Promise<void>} use is given one file at a time
 * @throws {Error} not a zip, a name that is not in it or has another size, a compression that is not known, or damage
 */
export async function readZip(path, wanted, use) {
  // Loaded here: `npm start` imports this file before it has installed the packages.
  const { unzipSync } = await import('fflate');
  const archive = await readFile(path);
  for (const { name, size } of wanted) {
    let listed = -1;
    const filter = (/** @type {import('fflate').UnzipFileInfo} */ file) => {
      if (file.name !== name) return false;
      listed = file.originalSize;
      // A damaged size is not unpacked: it could ask for gigabytes.
      return listed === size;
    };
    const bytes = unpack(path, () => unzipSync(archive, { filter }))[name];
    if (listed === -1) throw new Error(`${path} has no ${name}`);
    const found = bytes?.length ?? listed;
    if (!bytes || found !== size) throw new Error(`${name} in ${path} has ${found} bytes, expected ${size}`);
    await use(name, bytes);
  }
}

/** @template T @param {string} path @param {() => T} work @returns {T} */
function unpack(path, work) {
  try {
    return work();
  } catch (error) {
    throw new Error(
      `${path} is not a zip archive, or damaged: ${error instanceof Error ? error.message : error}`,
    );
  }
}
