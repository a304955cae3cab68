/**
 * `node scripts/largeModel/run.js [node|chromium] [FOLDER]`: what a model of 110 million parameters costs, in Node on
 * Dawn and in a page. It is loaded, its two top layers and two heads trained for two steps, saved as a stream and
 * loaded again; memory is watched, and what was frozen must come back byte by byte. Linux only. FOLDER takes 3 GB for
 * a while.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vite';
import { root } from '../lib/run.js';
import { vulkanEnv } from '../lib/vulkan.js';
import { compareWeights, expectTopLayers } from './compare.js';
import { inChromium } from './inChromium.js';
import { watchMemory } from './memory.js';
import { writeModel } from './modelFolder.js';

/** Of model.safetensors. */
const weightsBytes = 438e6;
const [where = 'both', given] = process.argv.slice(2);
const folder = given ?? (await mkdtemp(join(tmpdir(), 'largeModel-')));
const model = join(folder, 'model');
const server = await createServer({
  root,
  server: { middlewareMode: true },
  appType: 'custom',
  logLevel: 'error',
});
/** @type {(path: string) => Promise<unknown>} */
const load = (path) => server.ssrLoadModule(path);
try {
  await mkdir(model, { recursive: true });
  await writeModel(model, load);
  console.log(`A seeded model of BERT-base's shape is in ${model}.`);
  if (where !== 'chromium') await inNode(join(folder, 'node'));
  if (where !== 'node') {
    const out = join(folder, 'chromium');
    await mkdir(out, { recursive: true });
    await inChromium(model, out, load, report);
    await check(join(out, 'saved'));
  }
} finally {
  await server.close();
  if (!given) await rm(folder, { recursive: true });
}

/** @param {string} out */
async function inNode(out) {
  const library = join(root, 'test-results/largeModel/lib');
  await build({
    root,
    mode: 'library',
    logLevel: 'error',
    build: { outDir: library, emptyOutDir: true, copyPublicDir: false },
  });
  await mkdir(out, { recursive: true });
  const child = spawn(
    process.execPath,
    ['--expose-gc', fileURLToPath(new URL('inNode.js', import.meta.url)), library, model, out],
    { env: await vulkanEnv(), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const memory = watchMemory(child.pid ?? 0);
  const ended = new Promise((resolve) => child.on('close', resolve));
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{')) report('Node', { ...JSON.parse(line), resident: memory.peak() });
  }
  memory.stop();
  const code = await ended;
  if (code !== 0) throw new Error(`inNode.js ended with status ${code}.`);
  await check(join(out, 'saved'));
}

/** @param {string} saved */
async function check(saved) {
  const tensors = await compareWeights(model, saved, load);
  expectTopLayers(tensors);
  console.log(
    `${tensors.equal.length} tensors as they were, ${tensors.changed.length} changed: those trained.`,
  );
}

/**
 * @param {string} place
 * @param {Record<string, unknown>} facts sizes in bytes
 * @throws Error where JavaScript held as much as the weights, or twice as much where it holds the download itself
 */
function report(place, facts) {
  const shown = Object.entries(facts).map(([name, value]) => {
    if (name === 'heap' || name === 'resident' || name === 'gpuBytes')
      return `${name} ${Math.round(Number(value) / 1e6)} MB`;
    return `${name} ${typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : JSON.stringify(value)}`;
  });
  console.log(`${place}: ${shown.join(', ')}`);
  if (facts.isSame === false) throw new Error(`${place}: the model that came back says something else.`);
  if (String(facts.phase).startsWith('for comparison')) return;
  // Node has no other process that keeps a Blob.
  const copies = place === 'Node' && facts.phase === 'load from a server' ? 2 : 1;
  if (Number(facts.heap) < copies * weightsBytes || facts.phase === undefined) return;
  throw new Error(`${place}: in the phase "${facts.phase}" JavaScript held ${copies} × the weights or more.`);
}
