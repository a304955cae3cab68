/**
 * `node --expose-gc inNode.js LIBRARY MODEL OUT`: loads the model, trains its two top layers and two heads for two
 * steps, saves it as a stream, as a folder and as a zip, and loads that folder. Prints a line of JSON a phase, with
 * the most that JavaScript held.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { create, globals } from 'webgpu';
import { training, trial } from './scenario.js';
import { serveFolder } from './server.js';

const [library = '', folder = '', out = ''] = process.argv.slice(2);
// The object that create() returns must outlive everything: its garbage collection ends the process.
const gpu = /** @type {GPU} */ (create([]));
Object.assign(globalThis, globals, { keptGpu: gpu });
const { SentenceTransformer, Trainer, zipStream } = /** @type {typeof import('../../src/index.ts')} */ (
  await import(pathToFileURL(join(library, 'index.js')).href)
);

let most = 0;
const watch = setInterval(look, 50);

const model = await phase('load from the disk', () => SentenceTransformer.fromPretrained(folder, { gpu }));
const losses = await phase('two steps', async () => {
  const losses = [];
  for await (const event of new Trainer(model, training).train()) {
    if (event.type === 'step') losses.push(event.loss);
  }
  return losses;
});
const saved = join(out, 'saved');
await phase('save to a folder', async () => {
  for await (const { path, stream } of model.saveStream()) {
    await mkdir(dirname(join(saved, path)), { recursive: true });
    await writeFile(join(saved, path), stream);
  }
});
await phase('save as a zip', () =>
  pipeline(
    Readable.fromWeb(/** @type {any} */ (zipStream(model.saveStream(), 'saved'))),
    createWriteStream(join(out, 'saved.zip')),
  ),
);
const before = await model.predict(trial);
const { adapter, parameterCount } = model;
const { bytes } = await model.usage();
await model.dispose();
const again = await phase('load what was saved', () => SentenceTransformer.fromPretrained(saved, { gpu }));
const after = await again.predict(trial);
await again.dispose();
await phase('load from a server', loadFromServer);
const last = await SentenceTransformer.fromPretrained(saved, { gpu });
await phase('for comparison: save() in memory', () => last.save());
await last.dispose();
clearInterval(watch);
const isSame = JSON.stringify(before) === JSON.stringify(after);
console.log(
  JSON.stringify({ adapter: adapter.description, parameterCount, losses, gpuBytes: bytes, isSame }),
);

async function loadFromServer() {
  const server = createServer(serveFolder(saved, '/'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const remote = await SentenceTransformer.fromPretrained(`http://127.0.0.1:${port}`, { gpu });
  await remote.dispose();
  server.close();
}

/** V8's heap, and memory outside of it that JavaScript's arrays hold. */
function look() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  most = Math.max(most, heapUsed + arrayBuffers);
}

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function phase(name, work) {
  // What the phase before left behind is not this one's.
  globalThis.gc?.();
  most = 0;
  const start = performance.now();
  const result = await work();
  look();
  console.log(JSON.stringify({ phase: name, seconds: (performance.now() - start) / 1000, heap: most }));
  return result;
}
