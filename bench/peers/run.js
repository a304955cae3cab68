import { installGpu, describeAdapter } from './gpu.js';
import { readModel } from './weights.js';
import { batch, parseShape, referenceDifference } from './inputs.js';
import { measure } from './measure.js';
const { gpu, dispatches } = installGpu();
const [name, shapes = '8x32', reps = '5'] = process.argv.slice(2);
const { config, weights } = await readModel('/work/main/public/weights/all-MiniLM-L6-v2');
const { load } = await import(`./${name}.js`);
let t = performance.now();
const peer = await load(gpu, config, weights);
const loadMs = performance.now() - t;
for (const s of shapes.split(',')) {
  const shape = parseShape(s);
  const { embeddings, ...r } = await measure(peer.encode, batch(shape), { repeats: +reps, dispatches });
  console.log(process.env.V ?? '', s, 'load', loadMs | 0, JSON.stringify(r, (k, v) => typeof v === 'number' ? Math.round(v * 10) / 10 : v), 'delta', referenceDifference(shape, embeddings));
}
process.exit(0);
