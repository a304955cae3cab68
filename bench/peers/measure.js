import { performance } from 'node:perf_hooks';

/**
 * @typedef {{ result: () => Promise<Float32Array> }} Started  a forward pass on its way; `result` waits for it and gives
 *   the normalized mean-pooled vectors, [sentences × hidden]. Call it once.
 * @typedef {(ids: number[][]) => Started} Encode  starts the forward of rows of equal length, without waiting
 * @typedef {{ name: string, version: string, encode: Encode, dispose: () => void }} Peer
 * @typedef {{ firstMs: number, bestMs: number, medianMs: number, dispatches: number, embeddings: Float32Array }} Timing
 */

export const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Times one shape: a first call (pipelines are compiled in it), two calls to learn the expected time, then `repeats`
 * timed calls. Each call but the first two waits until 80 % of the best time so far have passed before it asks for the result: the `webgpu`
 * package polls busily while a promise is pending, and on a software adapter that takes a core from the driver.
 * @param {Encode} encode @param {number[][]} ids
 * @param {{ repeats: number, dispatches: () => number }} options
 * @returns {Promise<Timing>} times in milliseconds, from before the start to having the numbers in memory
 */
export async function measure(encode, ids, { repeats, dispatches }) {
  const call = async (/** @type {number} */ pause) => {
    const before = dispatches();
    const begin = performance.now();
    const { result } = encode(ids);
    const left = pause - (performance.now() - begin);
    if (left > 0) await sleep(left);
    const embeddings = await result();
    return { ms: performance.now() - begin, embeddings, dispatches: dispatches() - before };
  };
  const first = await call(0);
  let expected = (await call(0)).ms;
  expected = Math.min(expected, (await call(0.8 * expected)).ms);

  const times = [];
  let last = first;
  for (let i = 0; i < repeats; i++) {
    last = await call(0.8 * expected);
    times.push(last.ms);
    expected = Math.min(expected, last.ms);
  }
  times.sort((a, b) => a - b);
  const [bestMs, medianMs] = [times[0], times[Math.floor(times.length / 2)]];
  return { firstMs: first.ms, bestMs, medianMs, dispatches: last.dispatches, embeddings: last.embeddings };
}
