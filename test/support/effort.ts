/** Milliseconds that this process keeps processors busy while work is done: other processes do not count. */
async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function yardstick(): number {
  let sum = 0;
  for (let i = 0; i < 2e7; i += 1) sum = (Math.imul(sum, 31) + i) | 0;
  return sum;
}

/**
 * How much computing work takes, in units of a loop over twenty million integers on the same machine: some
 * hundredths of a second. What is asserted of it means the same on a slow machine and on a busy one.
 */
export async function effort(work: () => unknown): Promise<number> {
  const taken = await processorTime(work);
  return taken / Math.max(1, await processorTime(yardstick));
}
