import { installGpu } from './gpu.js'; import { batch, parseShape } from './inputs.js'; import { readModel, defaultModelFolder } from './weights.js';
const { gpu } = installGpu(); const { config, weights } = await readModel(defaultModelFolder);
let live = 0, bytes = 0, made = 0; const size = new WeakMap(); const cb = GPUDevice.prototype.createBuffer, db = GPUBuffer.prototype.destroy;
GPUDevice.prototype.createBuffer = function (d) { const b = cb.call(this, d); live++; made++; bytes += d.size; size.set(b, d.size); return b; };
GPUBuffer.prototype.destroy = function () { const s = size.get(this); if (s !== undefined) { live--; bytes -= s; size.delete(this); } return db.call(this); };
const third = await (await gpu.requestAdapter()).requestDevice();
const ids = batch(parseShape('1x16')), ids2 = batch(parseShape('8x32'));
const peers = []; for (const f of ['./jaxJs.js', './tensorflowJs.js']) { const p = await (await import(f)).load(gpu, config, weights); peers.push(p);
  for (let i = 0; i < 60; i++) { await p.encode(ids).result(); if (i % 20 === 0 || i === 59) console.log(p.name, i, 'live', live, 'made', made, 'MB', (bytes / 1e6) | 0, 'rss', (process.memoryUsage().rss / 1e6) | 0); }
  for (let i = 0; i < 3; i++) { await p.encode(ids2).result(); console.log(p.name, '8x32', 'live', live, 'made', made, 'MB', (bytes / 1e6) | 0); } }
const b = third.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ }); await b.mapAsync(GPUMapMode.READ); console.log('third device ok');
for (const p of peers) { p.dispose(); console.log('disposed', p.name, 'live', live, 'MB', (bytes / 1e6) | 0); }
await new Promise((r) => setTimeout(r, 200)); b.unmap(); await b.mapAsync(GPUMapMode.READ); console.log('third device still ok after dispose'); third.destroy();
console.log('end without exit()');
