import { randomWords, shuffle } from './random.ts';

/** The sampler's stream of random numbers: others that use the same seed have other streams. */
const STREAM = 1;

/**
 * One epoch's batches: indices 0 … count − 1 in a random order, each once. The last batch takes what is left; a size of
 * 'all', or of more than there are, makes one. The same seed and epoch give the same batches on every machine.
 */
export function batches(
  count: number,
  { batchSize, epoch, seed }: { batchSize: number | 'all'; epoch: number; seed: number },
): Uint32Array<ArrayBuffer>[] {
  const order = new Uint32Array(count).map((_, i) => i);
  shuffle(order, randomWords(seed, STREAM, epoch));
  const size = batchSize === 'all' ? count : Math.min(batchSize, count);
  return Array.from({ length: count === 0 ? 0 : Math.ceil(count / size) }, (_, b) =>
    order.slice(b * size, (b + 1) * size),
  );
}
