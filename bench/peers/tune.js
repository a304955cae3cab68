import { installGpu } from './gpu.js';
import { readModel } from './weights.js';
import { batch, parseShape, referenceDifference } from './inputs.js';
const { gpu, dispatches } = installGpu();
const [name, shapes, reps, ...variants] = process.argv.slice(2);
const { config, weights } = await readModel('/work/main/public/weights/all-MiniLM-L6-v2');
const { load } = await import(`./${name}.js`);
const peers = [];
for (const v of variants) peers.push({ v, p: await load(gpu, config, weights, v.split(',')) });
import { readdirSync, readFileSync } from 'node:fs';
const cpu = () => { let ns = 0; for (const t of readdirSync('/proc/self/task')) { try { if (+t !== process.pid) { ns += Number(readFileSync(`/proc/self/task/${t}/schedstat`, 'utf8').split(' ')[0]); } } catch {} } return ns / 1e6; };
const cpus = peers.map(() => []);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
for (const s of shapes.split(',')) {
  const shape = parseShape(s), ids = batch(shape);
  cpus.forEach((c) => { c.length = 0; }); const times = peers.map(() => []), first = [], d = [], n = [];
  for (let r = -1; r < +reps; r++) for (let i = 0; i < peers.length; i++) {
    const n0 = dispatches();
    const c0 = cpu(); const t = performance.now();
    const { result } = peers[i].p.encode(ids);
    const started = performance.now() - t;
    const left = times[i].length ? 0.8 * Math.min(...times[i]) - started : 0;
    if (left > 0) await sleep(left);
    const e = await result();
    const ms = performance.now() - t;
    if (r >= 0) cpus[i].push(cpu() - c0);
    if (r < 0) { first[i] = ms; d[i] = referenceDifference(shape, e); n[i] = dispatches() - n0; } else times[i].push(ms);
  }
  peers.forEach(({ v }, i) => { const ts = times[i].slice().sort((a, b) => a - b); console.log(name, s, v.padEnd(14), 'first', first[i] | 0, 'best', ts[0].toFixed(0), 'median', ts[ts.length >> 1].toFixed(0), 'dispatches', n[i], 'delta', d[i]?.toExponential(2), 'driver cpu best', Math.min(...cpus[i]) | 0, ':', cpus[i].map((t) => t | 0).join(' ')); });
}
process.exit(0);
