import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/files/safetensors/safetensorsFile.ts';
import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { ModelFiles, ModelSource } from '../../src/types.ts';
import { readFixture } from '../support/fixtures.ts';
import { maxDifference } from '../support/numbers.ts';
import { loadTiny, tinyConfig, tinyFiles, tinyTensors } from '../support/tinyModel.ts';

const root = 'test/fixtures/models';
const { facts, tensor } = readFixture<{ texts: string[]; ids: Record<string, number[][]> }>(
  'models/embeddings',
);
type Name = 'dense' | 'sharded';

function filesOf(name: Name): ModelFiles {
  const folder = join(root, name);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return Object.fromEntries(paths.map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))]));
}

async function withModel<T>(
  source: ModelSource,
  use: (model: SentenceTransformer) => Promise<T>,
): Promise<T> {
  const model = await loadTiny(source);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const same = (a: unknown, b: unknown) => Buffer.from(a as Uint8Array).equals(Buffer.from(b as Uint8Array));

describe.each<[Name, object]>([
  ['dense', { dimension: 20, pooling: 'cls', normalize: true, maxLength: 32 }],
  ['sharded', { dimension: 48, pooling: 'mean', normalize: false, maxLength: 24 }],
])('%s, as Python saved it', (name, said) => {
  it("embeds as Python's sentence-transformers does, within 1e-5", async () => {
    const { shape, data } = tensor(name);
    await withModel(join(root, name), async (model) => {
      expect(model).toMatchObject(said);
      const vectors = await model.encode(facts.texts);
      expect(vectors.shape).toEqual(shape);
      expect(vectors.tokens).toEqual(facts.ids[name]!.map((ids) => ids.length));
      const difference = maxDifference(vectors.data, data);
      console.info(`${name}: ${difference.toExponential(1)} from Python's`);
      expect(difference).toBeLessThan(1e-5);
    });
  });

  it('is saved in one file, all else byte by byte, and comes back with the same bits', async () => {
    const files = filesOf(name);
    const { saved, before } = await withModel(files, async (model) => ({
      saved: await model.save(),
      before: await model.encode(facts.texts),
    }));
    const isWeight = (path: string) => /^model.*\.safetensors(\.index\.json)?$/.test(path);
    // Python reads no config.json of Normalize's from before 5, so none is asked for.
    const kept = Object.keys(files).filter((path) => !isWeight(path) && !path.includes('Normalize'));
    expect(kept.length).toBeGreaterThan(7);
    for (const path of kept) expect([path, same(saved.get(path), files[path])]).toEqual([path, true]);
    expect([...saved.keys()].filter(isWeight)).toEqual(['model.safetensors']);

    const checkpoint = await openSafetensors(saved.get('model.safetensors')!);
    const own = Object.keys(files).filter((path) => /^model.*\.safetensors$/.test(path));
    let count = 0;
    for (const path of own) {
      const part = await openSafetensors(files[path]!);
      for (const tensor of part.tensors.keys()) {
        count++;
        expect([tensor, same(await checkpoint.bytes(tensor), await part.bytes(tensor))]).toEqual([
          tensor,
          true,
        ]);
      }
    }
    expect(checkpoint.tensors.size).toBe(count);
    const after = await withModel(Object.fromEntries(saved), (model) => model.encode(facts.texts));
    expect(after).toEqual(before);
  });

  it('is trained by heads of the hidden size, and its Dense layer stays', async () => {
    const files = filesOf(name);
    await withModel(files, async (model) => {
      model.addHead('topic', { labels: ['a', 'b'] });
      expect(model.parameters().filter(({ name }) => name.startsWith('heads.'))).toEqual([
        { name: 'heads.topic.weight', shape: [2, 32] },
        { name: 'heads.topic.bias', shape: [2] },
      ]);
      const before = await model.encode(facts.texts);
      const examples = facts.texts
        .slice(0, 4)
        .map((text, i) => ({ text, labels: { topic: i % 2 ? 'a' : 'b' } }));
      const trainer = new Trainer(model, {
        examples,
        evaluation: { examples, details: true },
        epochs: 1,
        learningRate: 1e-2,
      });
      let told = 0;
      for await (const event of trainer.train()) {
        if (event.type !== 'evaluation' || !event.heldOut) continue;
        told++;
        expect(event.heldOut.embeddings.shape).toEqual([4, model.dimension]);
        expect(event.heldOut.embeddings.data.every(Number.isFinite)).toBe(true);
      }
      expect(told).toBeGreaterThan(0);
      expect(maxDifference((await model.encode(facts.texts)).data, before.data)).toBeGreaterThan(1e-3);
      const saved = await model.save();
      expect(same(saved.get('2_Dense/model.safetensors'), files['2_Dense/model.safetensors'])).toBe(true);
      const again = await withModel(Object.fromEntries(saved), (other) => other.encode(facts.texts));
      expect(again).toEqual(await model.encode(facts.texts));
    });
  });
});

describe('the encoder of a model', () => {
  const files = filesOf('dense');
  const encoder = [
    ...['config.json', 'model.safetensors', 'sentence_bert_config.json'],
    ...['tokenizer.json', 'tokenizer_config.json'],
  ];
  const embedded = async (model: SentenceTransformer) => (await model.encode(facts.texts)).data;

  it.each(['0_BERT', '0_Transformer/'])('may lie in a folder of its own, %s, as of old', async (path) => {
    const folder = path.replace(/\/?$/, '/');
    const modules = JSON.parse(new TextDecoder().decode(files['modules.json'] as Uint8Array));
    modules[0] = { ...modules[0], path, type: 'sentence_transformers.models.Transformer' };
    const moved = Object.entries({ ...files, 'modules.json': json(modules) }).map(([name, content]) => [
      `old/${encoder.includes(name) ? folder : ''}${name}`,
      content,
    ]);
    // Beside the safetensors lies what Python wrote before.
    const old = { ...Object.fromEntries(moved), [`old/${folder}pytorch_model.bin`]: Uint8Array.of(1) };
    await withModel(old, async (model) => {
      expect(maxDifference(await embedded(model), tensor('dense').data)).toBeLessThan(1e-5);
      const saved = await model.save();
      expect(same(saved.get(`${folder}model.safetensors`), files['model.safetensors'])).toBe(true);
      const again = await withModel(Object.fromEntries(saved), embedded);
      expect(again).toEqual(await embedded(model));
    });
  });

  it('may be all there is: then the mean is taken, not normalized, as Python does', async () => {
    const alone = Object.fromEntries(encoder.map((name) => [name, files[name]!]));
    await withModel(alone, async (model) => {
      expect(model).toMatchObject({ dimension: 32, pooling: 'mean', normalize: false, maxLength: 32 });
      expect(maxDifference(await embedded(model), tensor('plain').data)).toBeLessThan(1e-5);
    });
  });
});

/** What is asked of a server for a model. */
async function requestsOf(files: ModelFiles): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!.slice(1);
    asked.push(path);
    const file = files[path];
    if (file instanceof Uint8Array) response.end(file);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await withModel(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {});
  server.close();
  return asked;
}

describe('what is asked of a server', () => {
  const usual = [
    'config.json',
    'config_sentence_transformers.json',
    'model.safetensors',
    'modules.json',
    'sentence_bert_config.json',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'vocab.txt',
    '1_Pooling/config.json',
  ];

  it('is each file once, and none that the others do not speak of', async () => {
    expect((await requestsOf(tinyFiles())).sort()).toEqual([...usual].sort());
    const dense = ['2_Dense/config.json', '2_Dense/model.safetensors'];
    expect((await requestsOf(filesOf('dense'))).sort()).toEqual([...usual, ...dense].sort());
    const files = filesOf('sharded');
    const shards = Object.keys(files).filter((path) => path.startsWith('model'));
    const asked = await requestsOf(files);
    expect(asked.sort()).toEqual([...usual, ...dense, ...shards, 'added_tokens.json'].sort());
  });
});

describe('a model with Dense', () => {
  const changed = (change: Record<string, Uint8Array<ArrayBuffer> | undefined>) => {
    const files = { ...filesOf('dense'), ...change } as ModelFiles;
    for (const [path, value] of Object.entries(change)) if (!value) delete files[path];
    return files;
  };
  const config = { in_features: 32, out_features: 20 };

  it.each<[string, Record<string, Uint8Array<ArrayBuffer> | undefined>, RegExp]>([
    ['no weights', { '2_Dense/model.safetensors': undefined }, /There is no 2_Dense\/model.safetensors/],
    [
      'pickled weights alone',
      { '2_Dense/model.safetensors': undefined, '2_Dense/pytorch_model.bin': json(1) },
      /has 2_Dense\/pytorch_model.bin and no 2_Dense\/model.safetensors.+Only safetensors is read/,
    ],
    ['no config', { '2_Dense/config.json': undefined }, /There is no 2_Dense\/config.json/],
    [
      'weights of another size',
      { '2_Dense/config.json': json({ ...config, out_features: 24 }) },
      /2_Dense\/model.safetensors: linear.weight is \[20, 32\], config.json asks for \[24, 32\]/,
    ],
    [
      'another encoder',
      { '2_Dense/config.json': json({ ...config, in_features: 64 }) },
      /in_features is 64, and the module before it gives 32/,
    ],
    [
      'weights that are none',
      { '2_Dense/model.safetensors': json('x') },
      /2_Dense\/model.safetensors is not a valid/,
    ],
  ])('is refused with %s', async (_, change, message) => {
    const loading = loadTiny(changed(change));
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({
      name: 'ModelFormatError',
      file: expect.stringMatching(/^2_Dense/),
    });
  });
});

describe('weights in half precision', () => {
  it.each([
    ['BF16', 'bfloat16', (bits: number) => bits >>> 16, (half: number) => half << 16],
    ['F16', 'float16', null, null],
  ] as const)('%s are what they are in float32', async (dtype, name, shorten, widen) => {
    // Halves of small whole numbers are exact in both types.
    const halves = tinyTensors().map((tensor) => {
      const floats = new Float32Array(tensor.bytes.slice().buffer);
      const rounded = floats.map((value) => Math.round(value * 64) / 64);
      const bits = new Uint32Array(rounded.buffer);
      const half = Uint16Array.from(bits, (value) => (shorten ? shorten(value) : halfOf(value)));
      const full = shorten ? Uint32Array.from(half, (value) => widen(value)) : bits;
      return { tensor, half: new Uint8Array(half.buffer), full: new Uint8Array(full.buffer as ArrayBuffer) };
    });
    const change = { 'config.json': { ...tinyConfig, torch_dtype: name } };
    const short = halves.map(({ tensor, half }) => ({ ...tensor, dtype, bytes: half }));
    const long = halves.map(({ tensor, full }) => ({ ...tensor, bytes: full }));
    const texts = facts.texts.slice(0, 3);
    const got = await withModel(tinyFiles(short, change), (model) => model.encode(texts));
    expect(got).toEqual(await withModel(tinyFiles(long), (model) => model.encode(texts)));
  });
});

/** The half of a float32 that a half holds exactly: its bits. */
function halfOf(bits: number): number {
  if ((bits & 0x7fffffff) === 0) return bits >>> 16;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  return ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
