import { performance } from 'node:perf_hooks';
import { sleep } from './measure.js';

/**
 * @typedef {{ result: () => Promise<number> }} Started  an update on its way; `result` waits for it and gives the summed loss
 *   of before the update
 * @typedef {{ name: string, version: string, steps: (count: number) => AsyncIterable<number>, dispose: () => void }} TrainingPeer
 *   `steps` makes that many updates, gives the loss of each as it is done, and compiles in the first
 * @typedef {{ firstMs: number, bestMs: number, medianMs: number, dispatches: number, losses: number[] }} TrainingTiming
 */

/**
 * Updates, one after the other. From the third on each is left alone for 80 % of the best time so far before its loss is
 * asked for: see measure.js.
 * @param {number} count @param {() => Started} start starts one without waiting for it
 * @returns {AsyncGenerator<number>} the losses
 */
export async function* patientSteps(count, start) {
  let best = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= count; step++) {
    const begin = performance.now();
    const { result } = start();
    const left = step > 2 ? 0.8 * best - (performance.now() - begin) : 0;
    if (left > 0) await sleep(left);
    const loss = await result();
    if (step > 1) best = Math.min(best, performance.now() - begin);
    yield loss;
  }
}

/**
 * Times updates from one loss to the next: the first (pipelines are compiled in it), two to learn the expected time, then
 * `repeats` that count.
 * @param {TrainingPeer['steps']} steps @param {{ repeats: number, dispatches: () => number }} options
 * @returns {Promise<TrainingTiming>} in milliseconds; the losses of all updates
 */
export async function measureTraining(steps, { repeats, dispatches }) {
  const times = [];
  const losses = [];
  const counts = [];
  let [since, before] = [performance.now(), dispatches()];
  for await (const loss of steps(3 + repeats)) {
    times.push(performance.now() - since);
    counts.push(dispatches() - before);
    losses.push(loss);
    [since, before] = [performance.now(), dispatches()];
  }
  const timed = times.slice(3).sort((a, b) => a - b);
  return {
    firstMs: times[0],
    bestMs: timed[0],
    medianMs: timed[Math.floor(timed.length / 2)],
    dispatches: counts[counts.length - 1],
    losses,
  };
}
