/**
 * Trains with one library in a process of its own and prints one line of JSON:
 *
 *   node bench/peers/train.js jax-js --shape 8x32 --repeats 5 --weights public/weights/all-MiniLM-L6-v2
 *
 *   { name, version, adapter, shape, firstMs, bestMs, medianMs, dispatches, peakBytes, losses }
 *
 * A step is loss, gradients of all parameters that it depends on, and the update by Adam. `firstMs` holds the
 * compilation; `peakBytes` is the most that buffers held at once, from before the first step on. The line is the last
 * one on stdout.
 */
import { parseArgs } from 'node:util';
import { describeAdapter, installGpu } from './gpu.js';
import { parseShape } from './inputs.js';
import { measureTraining } from './measureTraining.js';
import { trainingBatch, trainingHeads } from './trainingInputs.js';
import { defaultModelFolder, readModel } from './weights.js';

/** @type {Record<string, () => Promise<{ loadTraining: typeof import('../tabgradTraining.js').loadTraining }>>} */
const peers = {
  tabgrad: () => import('../tabgradTraining.js'),
  'jax-js': () => import('./jaxJsTraining.js'),
  'tensorflow-js': () => import('./tensorflowJsTraining.js'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shape: { type: 'string', default: '8x32' },
    repeats: { type: 'string', default: '5' },
    weights: { type: 'string', default: defaultModelFolder },
  },
});
const importPeer = peers[positionals[0]];
if (!importPeer)
  throw new Error(`"${positionals[0]}" is no peer. Name one of: ${Object.keys(peers).join(', ')}.`);
const repeats = Number(values.repeats);
if (!(Number.isInteger(repeats) && repeats > 0))
  throw new Error(`--repeats is "${values.repeats}": give a number from 1.`);
const shape = parseShape(values.shape);

const { gpu, dispatches, memory } = installGpu();
const adapter = await describeAdapter(gpu);
const { config, weights } = await readModel(values.weights);
const { loadTraining } = await importPeer();
const peer = await loadTraining(gpu, {
  config,
  weights,
  folder: values.weights,
  heads: trainingHeads(config.hidden_size),
  batch: trainingBatch(values.weights, shape),
});
memory.restart();
const timing = await measureTraining(peer.steps, { repeats, dispatches });
const { name, version } = peer;
const line = JSON.stringify({
  name,
  version,
  adapter,
  shape: values.shape,
  ...timing,
  peakBytes: memory.peak(),
});
peer.dispose();
console.log(line);
