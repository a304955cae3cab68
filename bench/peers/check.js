/**
 * Proves the peers: both in one process at 8 × 32 tokens with the real weights, against sentence-transformers and each other.
 *
 *   node bench/peers/check.js [model folder]
 */
import { describeAdapter, installGpu } from './gpu.js';
import { batch, maxDifference, parseShape, referenceDifference } from './inputs.js';
import * as jaxJs from './jaxJs.js';
import { measure } from './measure.js';
import * as tensorflowJs from './tensorflowJs.js';
import { defaultModelFolder, readModel } from './weights.js';

const TOLERANCE = 1e-4;

const { gpu, dispatches } = installGpu();
console.log(await describeAdapter(gpu));
const { config, weights } = await readModel(process.argv[2] ?? defaultModelFolder);

/** @type {Float32Array[]} */
const vectors = [];
const differences = [];
for (const { load } of [jaxJs, tensorflowJs]) {
  const peer = await load(gpu, config, weights);
  for (const name of ['1x16', '8x32']) {
    const shape = parseShape(name);
    const timing = await measure(peer.encode, batch(shape), { repeats: name === '8x32' ? 5 : 1, dispatches });
    const difference = referenceDifference(shape, timing.embeddings) ?? Number.NaN;
    differences.push(difference);
    if (name === '8x32') vectors.push(timing.embeddings);
    console.log(
      `${peer.name} ${peer.version}, ${name}: first ${timing.firstMs.toFixed(0)} ms, best ${timing.bestMs.toFixed(0)} ms, ` +
        `${timing.dispatches} dispatches, max |Δ| to sentence-transformers ${difference.toExponential(1)}`,
    );
  }
  peer.dispose();
}
const between = maxDifference(vectors[0], vectors[1]);
differences.push(between);
console.log(`max |Δ| between the two ${between.toExponential(1)} (8 × ${config.hidden_size} numbers)`);
const passed = differences.every((difference) => difference < TOLERANCE);
console.log(passed ? `All below ${TOLERANCE}.` : `Not all below ${TOLERANCE}.`);
if (!passed) process.exitCode = 1;
