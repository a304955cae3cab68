/**
 * Times one library in a process of its own and prints one line of JSON:
 *
 *   node bench/peers/run.js jax-js --shapes 1x16,8x32,32x64 --repeats 5 --weights public/weights/all-MiniLM-L6-v2
 *
 *   { name, version, adapter, loadMs, results: [{ shape, firstMs, bestMs, medianMs, dispatches, difference }] }
 *
 * `firstMs` holds the compilation, `difference` is max |Δ| against sentence-transformers (null where reference.json has no
 * sentence of that length). `--embeddings` adds each result as base64 of float32 [sentences × hidden]; inputs.js
 * makes the same batches for whom to compare with. The line is the last one on stdout.
 */
import { parseArgs } from 'node:util';
import { describeAdapter, installGpu } from './gpu.js';
import { batch, parseShape, referenceDifference } from './inputs.js';
import { measure } from './measure.js';
import { defaultModelFolder, readModel } from './weights.js';

/** @type {Record<string, () => Promise<{ load: typeof import('../tabgrad.js').load }>>} */
const peers = {
  tabgrad: () => import('../tabgrad.js'),
  'jax-js': () => import('./jaxJs.js'),
  'tensorflow-js': () => import('./tensorflowJs.js'),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shapes: { type: 'string', default: '1x16,8x32,32x64' },
    repeats: { type: 'string', default: '5' },
    weights: { type: 'string', default: defaultModelFolder },
    embeddings: { type: 'boolean', default: false },
  },
});
const importPeer = peers[positionals[0]];
if (!importPeer)
  throw new Error(`"${positionals[0]}" is no peer. Name one of: ${Object.keys(peers).join(', ')}.`);
const repeats = Number(values.repeats);
if (!(Number.isInteger(repeats) && repeats > 0))
  throw new Error(`--repeats is "${values.repeats}": give a number from 1.`);
const shapes = values.shapes.split(',').map(parseShape);

const { gpu, dispatches } = installGpu();
const adapter = await describeAdapter(gpu);
const { config, weights } = await readModel(values.weights);
const { load } = await importPeer();
const begin = performance.now();
const peer = await load(gpu, config, weights, values.weights);
const loadMs = performance.now() - begin;

const toBase64 = (/** @type {Float32Array} */ { buffer, byteOffset, byteLength }) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

const results = [];
for (const shape of shapes) {
  const { embeddings, ...timing } = await measure(peer.encode, batch(shape), { repeats, dispatches });
  results.push({
    shape: `${shape.sentences}x${shape.tokens}`,
    ...timing,
    difference: referenceDifference(shape, embeddings),
    ...(values.embeddings && { embeddings: toBase64(embeddings) }),
  });
}
const line = JSON.stringify({ name: peer.name, version: peer.version, adapter, loadMs, results });
peer.dispose();
console.log(line);
