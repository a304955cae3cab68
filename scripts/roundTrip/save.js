/**
 * `node scripts/roundTrip/save.js FOLDER`: saves MiniLM as it came, trained with two heads (as float32, float16 and a
 * zip) and as a plain BERT, with what tabgrad itself computes beside it. `check.py` reads all of it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createServer } from 'vite';
import { create, globals } from 'webgpu';
import { root } from '../lib/run.js';
import { vulkanEnv } from '../lib/vulkan.js';

const texts = [
  'A tiny model that fits in a browser tab.',
  'Wo ist der nächste Bahnhof?',
  'The goalkeeper saved two penalties in extra time! 🧤',
  '',
  'word '.repeat(400),
];

const examples = [
  { text: 'The match ended in a draw.', labels: { topic: 'sport', 'tone: good/bad?': 'bad' } },
  { text: 'She won the final in straight sets.', labels: { topic: 'sport', 'tone: good/bad?': 'good' } },
  { text: 'The central bank raised its rate.', labels: { topic: 'money', 'tone: good/bad?': 'bad' } },
  { text: 'Shares rose to a record.', labels: { topic: 'money', 'tone: good/bad?': 'good' } },
  { text: 'A lovely evening at the opera.', labels: { topic: 'art', 'tone: good/bad?': 'good' } },
  { text: 'The exhibition was a bore.', labels: { topic: 'art', 'tone: good/bad?': 'bad' } },
];

const weights = join(root, 'public/weights/all-MiniLM-L6-v2');
const [out] = process.argv.slice(2);
if (!out) throw new Error('Say where to: node scripts/roundTrip/save.js FOLDER');
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
const library = await server.ssrLoadModule('/src/index.ts');
const { SentenceTransformer, Trainer, zipFiles, zipStream } =
  /** @type {typeof import('../../src/index.ts')} */ (library);

const model = await SentenceTransformer.fromPretrained(weights, { gpu });
await writeFolder('untrained', await model.save());

model.addHead('topic', { labels: ['sport', 'money', 'art'] });
model.addHead('tone: good/bad?', { labels: ['good', 'bad'], pooling: 'mean' });
const settings = {
  scenario: /** @type {const} */ ('full'),
  epochs: 3,
  batchSize: /** @type {const} */ ('all'),
};
const losses = [];
for await (const event of new Trainer(model, { examples, ...settings }).train()) {
  if (event.type === 'step') losses.push(event.loss);
}
const card = {
  baseModel: 'sentence-transformers/all-MiniLM-L6-v2',
  dataset: { name: 'six | texts: <b>"quoted"</b>', texts: 6, training: 6, heldOut: 0 },
  settings: { ...settings, learningRate: { 'heads.*': 1e-3 }, examples },
  metrics: { loss: losses.at(-1) ?? Number.NaN },
  steps: losses.length,
};
const saved = await model.save({ card });
await writeFolder('trained', saved);
await writeFolder('float16', await model.save({ card, dtype: 'float16' }));
await writeFile(join(out, 'trained.zip'), new Uint8Array(await zipFiles(saved, 'trained').arrayBuffer()));
const streamed = new Response(zipStream(model.saveStream({ card }), 'trained'));
await writeFile(join(out, 'streamed.zip'), new Uint8Array(await streamed.arrayBuffer()));

const { data, shape } = await model.encode(texts);
const predictions = Object.entries(await model.predict(texts)).map(([name, { labels, probabilities }]) => ({
  name,
  labels,
  probabilities: [...probabilities.data],
}));
const adapter = `${model.adapter.description} (${model.adapter.gemm})`;
const facts = { node: process.version, adapter, texts, losses, shape, vectors: [...data], predictions };
await writeFile(join(out, 'expected.json'), JSON.stringify(facts));
await model.dispose();

// As a plain BERT comes: nothing says how it is pooled. The files that say so are written by tabgrad.
const paths = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];
const bare = await Promise.all(
  paths.map(async (path) => [path, new Uint8Array(await readFile(join(weights, path)))]),
);
const plain = await SentenceTransformer.fromPretrained(Object.fromEntries(bare), { gpu });
await writeFolder('plain', await plain.save());
const embedded = await plain.encode(texts);
await writeFile(
  join(out, 'expectedPlain.json'),
  JSON.stringify({ texts, shape: embedded.shape, vectors: [...embedded.data], predictions: [] }),
);
await plain.dispose();
await server.close();

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
