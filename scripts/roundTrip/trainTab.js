/**
 * `node scripts/roundTrip/trainTab.js FOLDER`: trains MiniLM in several ways, and writes for each the folder that is
 * saved, with train.py and data.csv, and the events that tabgrad told; besides, what its random numbers are.
 * `node scripts/roundTrip/trainTab.js FOLDER predict TEXT…` prints what tabgrad predicts with the model of a folder.
 * `trainCheck.py` calls both.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createServer } from 'vite';
import { create, globals } from 'webgpu';
import { root } from '../lib/run.js';
import { vulkanEnv } from '../lib/vulkan.js';
import { cases, examples, heads, odd } from './trainCases.js';

const weights = join(root, 'public/weights/all-MiniLM-L6-v2');
const [out, mode, ...texts] = process.argv.slice(2);
if (!out) throw new Error('Say where to: node scripts/roundTrip/trainTab.js FOLDER');
Object.assign(process.env, await vulkanEnv());
// The object that create() returns must outlive everything: its garbage collection ends the process.
const gpu = /** @type {GPU} */ (create([]));
Object.assign(globalThis, globals, { keptGpu: gpu });

const server = await createServer({
  root,
  server: { middlewareMode: true },
  appType: 'custom',
  logLevel: 'error',
});
/** @type {(path: string) => Promise<unknown>} */
const load = (path) => server.ssrLoadModule(path);
const { SentenceTransformer, Trainer, version } = /** @type {typeof import('../../src/index.ts')} */ (
  await load('/src/index.ts')
);
const { trainScript } = /** @type {typeof import('../../src/training/script/trainScript.ts')} */ (
  await load('/src/training/script/trainScript.ts')
);
const { batches } = /** @type {typeof import('../../src/training/batches/sampler.ts')} */ (
  await load('/src/training/batches/sampler.ts')
);

if (mode === 'predict') {
  const model = await SentenceTransformer.fromPretrained(out, { gpu });
  const predictions = Object.entries(await model.predict(texts)).map(([name, { probabilities }]) => [
    name,
    [...probabilities.data],
  ]);
  console.log(JSON.stringify(Object.fromEntries(predictions)));
  await model.dispose();
} else {
  await trainCases();
  await writeNames();
  await writeFile(join(out, 'random.json'), JSON.stringify(await randomFacts()));
}
await server.close();

async function trainCases() {
  const told = [];
  for (const { name, from, prompt, options } of cases) {
    if (prompt !== undefined) await writePrompted(`${name}-base`, prompt);
    const base = prompt === undefined ? weights : join(/** @type {string} */ (out), `${name}-base`);
    const source = from === undefined ? base : join(/** @type {string} */ (out), from);
    const model = await SentenceTransformer.fromPretrained(source, { gpu });
    /** @type {import('../../src/index.ts').TrainerOptions} */
    const run = { examples, heads, ...options };
    const script = trainScript(run, {
      parameters: model.parameters(),
      heads: model.heads(),
      baseModel: 'sentence-transformers/all-MiniLM-L6-v2',
    });
    const events = [];
    for await (const event of new Trainer(model, run).train()) events.push(event);
    told.push({ name, from, events });
    const files = await model.save();
    for (const [path, text] of Object.entries(script)) files.set(path, new TextEncoder().encode(text));
    await writeFolder(name, files);
    await model.dispose();
  }
  await writeFile(
    join(/** @type {string} */ (out), 'expected.json'),
    JSON.stringify({ node: process.version, version, cases: told }),
  );
}

/**
 * The base model with a default prompt.
 * @param {string} name
 * @param {string} prompt
 */
async function writePrompted(name, prompt) {
  const model = await SentenceTransformer.fromPretrained(weights, { gpu });
  const config = { prompts: { task: prompt }, default_prompt_name: 'task' };
  const files = await model.save();
  files.set('config_sentence_transformers.json', new TextEncoder().encode(JSON.stringify(config)));
  await writeFolder(name, files);
  await model.dispose();
}

/** A script and data that nobody runs, with heads, labels and texts that could be taken for something else. */
async function writeNames() {
  const heads = Object.fromEntries(
    odd.map((name) => [name.replaceAll(/[.\r\n\u2028]/g, '-').trim(), { labels: odd }]),
  );
  const names = Object.keys(heads);
  const rows = odd.map((text, i) => ({
    text,
    labels: Object.fromEntries(
      names.map((name, h) => [name, h === i ? undefined : odd[(h + i) % odd.length]]),
    ),
  }));
  const script = trainScript({ examples: rows, heads }, { parameters: [{ name: 'encoder.layer.0.weight' }] });
  const wanted = rows.map(({ text, labels }) => [text, ...names.map((name) => labels[name] ?? null)]);
  const texts = { ...script, 'rows.json': JSON.stringify({ names, wanted }) };
  await writeFolder(
    'names',
    new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  );
}

/** Orders of examples and weights of heads by their seeds. */
async function randomFacts() {
  const orders = [0, 1, 42, 20260, 2 ** 31, 2 ** 32 - 1].flatMap((seed) =>
    [0, 1, 7].map((epoch) => ({
      ...{ seed, epoch, count: 137 },
      batches: batches(137, { batchSize: 16, epoch, seed }).map((batch) => [...batch]),
    })),
  );
  const model = await SentenceTransformer.fromPretrained(weights, { gpu });
  const made = [];
  for (const seed of [0, 42, -3, 2 ** 32 - 1, 2 ** 40 + 5]) {
    model.addHead('made', { labels: ['a', 'b', 'c'], seed });
    made.push({
      seed,
      weight: [...(await model.read('heads.made.weight'))],
      bias: [...(await model.read('heads.made.bias'))],
    });
  }
  await model.dispose();
  return { orders, heads: made };
}

/**
 * @param {string} name
 * @param {import('../../src/types.ts').SavedFiles} files
 */
async function writeFolder(name, files) {
  for (const [path, bytes] of files) {
    const file = join(/** @type {string} */ (out), name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}
