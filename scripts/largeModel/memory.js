import { readdir, readFile } from 'node:fs/promises';

/**
 * Watches how much memory the descendants of a process take, and the process itself unless it is this one: the sum of
 * their proportional set sizes, in which what several share counts once. Linux only.
 * @param {number} pid
 * @returns {{ peak(): number, stop(): void }} `peak`: bytes, the most since it was last asked
 */
export function watchMemory(pid) {
  let most = 0;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      most = Math.max(most, await memoryOf(pid));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  void watch();
  return {
    peak() {
      const peak = most;
      most = 0;
      return peak;
    },
    stop() {
      isOver = true;
    },
  };
}

/** @param {number} root */
async function memoryOf(root) {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(ids.map(async (id) => [Number(id), await parentOf(id)]));
  const family = new Set([root]);
  for (let known = 0; known < family.size; ) {
    known = family.size;
    for (const [id = 0, parent = 0] of parents) if (family.has(parent)) family.add(id);
  }
  family.delete(process.pid);
  const sizes = await Promise.all([...family].map(proportionalSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** @param {string} id */
async function parentOf(id) {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  // The name in brackets may hold anything.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

/** @param {number} id */
async function proportionalSize(id) {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
  return 1024 * Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}
