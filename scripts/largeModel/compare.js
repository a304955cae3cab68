import { openAsBlob } from 'node:fs';
import { join } from 'node:path';

const SLICE = 4 * 2 ** 20;

/**
 * Compares the tensors of two folders byte by byte.
 * @param {string} before
 * @param {string} after
 * @param {(path: string) => Promise<unknown>} load a module of the repository
 * @returns {Promise<{ equal: string[], changed: string[] }>} names
 */
export async function compareWeights(before, after, load) {
  const { openSafetensors } = /** @type {typeof import('../../src/files/safetensors/safetensorsFile.ts')} */ (
    await load('/src/files/safetensors/safetensorsFile.ts')
  );
  const [a, b] = await Promise.all(
    [before, after].map(async (folder) =>
      openSafetensors(await openAsBlob(join(folder, 'model.safetensors')), folder),
    ),
  );
  if (!a || !b || [...a.tensors.keys()].join() !== [...b.tensors.keys()].join()) {
    throw new Error('The two files have not the same tensors in the same order.');
  }
  /** @type {string[]} */
  const equal = [];
  /** @type {string[]} */
  const changed = [];
  for (const [name, { begin, end }] of a.tensors) {
    let isEqual = true;
    for (let at = 0; at < end - begin && isEqual; at += SLICE) {
      const [left, right] = await Promise.all([a, b].map((file) => file.bytes(name, at, at + SLICE)));
      isEqual = Buffer.compare(left ?? new Uint8Array(), right ?? new Uint8Array(1)) === 0;
    }
    (isEqual ? equal : changed).push(name);
  }
  return { equal, changed };
}

/**
 * @param {{ equal: string[], changed: string[] }} tensors
 * @throws Error unless what trained has changed, and only that
 */
export function expectTopLayers({ equal, changed }) {
  const isTop = (/** @type {string} */ name) => /^encoder\.layer\.1[01]\./.test(name);
  // The gradient of a key's bias is zero but for rounding.
  const still = equal.filter((name) => isTop(name) && !name.endsWith('self.key.bias'));
  const moved = changed.filter((name) => !isTop(name));
  if (still.length + moved.length === 0) return;
  throw new Error(`Did not change: ${still.join() || 'none'}. Changed: ${moved.join() || 'none'}.`);
}
