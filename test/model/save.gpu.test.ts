import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ModelFormatError } from '../../src/errors.ts';
import { openSafetensors } from '../../src/files/safetensors/safetensorsFile.ts';
import { unzip } from '../../src/files/zip/unzip.ts';
import { zipFiles } from '../../src/files/zip/zip.ts';
import { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { ModelFiles, ProgressEvent, SavedFiles } from '../../src/types.ts';
import { loadTiny, tinyConfig, tinyFiles, tinyTensors } from '../support/tinyModel.ts';

const texts = ['A tiny model.', 'Another text, a little longer than the first one!', ''];
const asFiles = (saved: SavedFiles): ModelFiles => Object.fromEntries(saved);
const text = (saved: SavedFiles, path: string) => new TextDecoder().decode(saved.get(path));
const json = (saved: SavedFiles, path: string) => JSON.parse(text(saved, path));

/** Whether two arrays hold the same bytes; `toEqual` takes seconds for a model's. */
function same(a: unknown, b: unknown): boolean {
  const [left, right] = [a, b].map((array) => {
    if (!ArrayBuffer.isView(array)) return expect.unreachable('no array');
    return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  });
  return left!.equals(right!);
}

async function withModel<T>(files: ModelFiles, use: (model: SentenceTransformer) => Promise<T>): Promise<T> {
  const model = await loadTiny(files);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

/** With two heads, one of them of a name that no folder has. */
function addHeads(model: SentenceTransformer): void {
  model.addHead('tone: good/bad?', { labels: ['good', 'bad'], seed: 1 });
  model.addHead('topic', { labels: ['a', 'b', 'c'], pooling: 'mean', seed: 2 });
}

const examples = [
  { text: 'one', labels: { topic: 'a' } },
  { text: 'two', labels: { topic: 'b', 'tone: good/bad?': 'good' } },
  { text: 'three', labels: { 'tone: good/bad?': 'bad' } },
];

describe('a model that was not trained', () => {
  it('is saved as it came, byte by byte, with the tensors that it does not use', async () => {
    const tensors = tinyTensors().map((tensor) => ({
      ...tensor,
      name: `bert.${tensor.name.replace('LayerNorm.weight', 'LayerNorm.gamma')}`,
    }));
    const positions = Uint8Array.from({ length: 512 }, (_, i) => i);
    tensors.unshift({ name: 'bert.embeddings.position_ids', dtype: 'I64', shape: [1, 64], bytes: positions });
    tensors.push({
      name: 'cls.predictions.bias',
      dtype: 'F32',
      shape: [3],
      bytes: new Uint8Array(12).fill(7),
    });
    const files = tinyFiles(tensors, { 'config_sentence_transformers.json': { prompts: { query: 'q: ' } } });
    const saved = await withModel(files, (model) => model.save());
    const { 'model.safetensors': _, ...small } = files;
    for (const [path, bytes] of Object.entries(small))
      expect([path, same(saved.get(path), bytes)]).toEqual([path, true]);
    expect([...saved.keys()].filter((path) => !(path in files))).toEqual(['README.md']);
    const checkpoint = await openSafetensors(saved.get('model.safetensors')!);
    expect(checkpoint.metadata).toEqual({ format: 'pt' });
    expect([...checkpoint.tensors.keys()]).toEqual(tensors.map(({ name }) => name));
    for (const { name, dtype, shape, bytes } of tensors) {
      expect(checkpoint.tensors.get(name)).toMatchObject({ dtype, shape });
      expect([name, same(await checkpoint.bytes(name), bytes)]).toEqual([name, true]);
    }
  });

  it('of plain BERT gets the modules that it was run with', async () => {
    const missing = { 'modules.json': undefined, '1_Pooling/config.json': undefined };
    const files = tinyFiles(tinyTensors(), { ...missing, 'sentence_bert_config.json': undefined });
    const { saved, before } = await withModel(files, async (model) => ({
      saved: await model.save(),
      before: await model.encode(texts),
    }));
    expect(json(saved, 'modules.json').map(({ path }: { path: string }) => path)).toEqual(['', '1_Pooling']);
    expect(json(saved, '1_Pooling/config.json')).toMatchObject({ pooling_mode_mean_tokens: true });
    const after = await withModel(asFiles(saved), (model) => model.encode(texts));
    expect(after).toEqual(before);
  });
});

describe('a trained model', () => {
  it('comes back from its files, and from a zip of them, with its heads and the same bits', async () => {
    const { saved, before } = await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      for await (const _ of new Trainer(model, { examples, epochs: 2, learningRate: 1e-2 }).train());
      return {
        saved: await model.save(),
        before: { vectors: await model.encode(texts), classes: await model.predict(texts) },
      };
    });
    expect(json(saved, 'heads/index.json')).toEqual([
      { name: 'tone: good/bad?', folder: 'tone-good-bad' },
      { name: 'topic', folder: 'topic' },
    ]);
    expect(same(saved.get('model.safetensors'), tinyFiles()['model.safetensors'])).toBe(false);
    const packed = zipFiles(saved, 'my-model');
    for (const files of [asFiles(saved), await unzip(packed)]) {
      const after = await withModel(files, async (model) => ({
        vectors: await model.encode(texts),
        classes: await model.predict(texts),
      }));
      expect(after).toEqual(before);
      expect(Object.keys(after.classes)).toEqual(['tone: good/bad?', 'topic']);
    }
  });

  it('is saved with what its words still owe, and of one moment while it trains', async () => {
    await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      const options = {
        examples,
        epochs: 3,
        optimizer: 'adamw',
        weightDecay: 0.5,
        learningRate: 1e-2,
      } as const;
      let during: Promise<SavedFiles> | undefined;
      const expected = new Map<string, Float32Array>();
      for await (const event of new Trainer(model, options).train()) {
        if (event.type !== 'step' || during) continue;
        // Not awaited: the run goes on while the files are written.
        during = model.save();
        const names = model.parameters().map(({ name }) => name);
        await Promise.all(names.map(async (name) => expected.set(name, await model.read(name))));
      }
      const saved = await during!;
      const checkpoint = await openSafetensors(saved.get('model.safetensors')!);
      for (const name of checkpoint.tensors.keys()) {
        expect([name, same(await checkpoint.read(name), expected.get(name))]).toEqual([name, true]);
      }
      const last = await model.read('encoder.layer.1.output.dense.weight');
      expect(last).not.toEqual(expected.get('encoder.layer.1.output.dense.weight'));
      const liveBytes = (await model.usage()).liveBytes;
      await model.save();
      expect((await model.usage()).liveBytes).toBe(liveBytes);
    });
  });

  it('may be saved as float16: half the size, the config says so, it comes back', async () => {
    const { saved, before } = await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      return { saved: await model.save({ dtype: 'float16' }), before: await model.encode(texts) };
    });
    expect(json(saved, 'config.json')).toEqual({ ...tinyConfig, torch_dtype: 'float16' });
    const full = tinyFiles()['model.safetensors'] as Uint8Array;
    expect(saved.get('model.safetensors')!.length).toBeLessThan(0.55 * full.length);
    const again = await withModel(asFiles(saved), async (model) => ({
      half: await model.save({ dtype: 'float16' }),
      full: await model.save(),
      vectors: await model.encode(texts),
    }));
    expect([...again.half.keys()]).toEqual([...saved.keys()]);
    for (const [path, bytes] of saved)
      expect([path, same(again.half.get(path), bytes)]).toEqual([path, true]);
    expect(json(again.full, 'config.json').torch_dtype).toBe('float32');
    const worst = Math.max(...again.vectors.data.map((value, i) => Math.abs(value - before.data[i]!)));
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(2e-3);
  });
});

/** A folder over HTTP, where nothing can be listed, and what was asked for. */
async function serve(files: ModelFiles) {
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => server.close() };
}

describe('saving', () => {
  it('tells how far it is, in bytes, and hands out arrays that are the caller’s', async () => {
    await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      const events: ProgressEvent[] = [];
      const saved = await model.save({ onProgress: (event) => events.push(event) });
      const bytes = [...saved.values()].reduce((sum, { length }) => sum + length, 0);
      const told = events.map((event) => (event.status === 'save' ? event : undefined)!);
      expect(told.every(({ total }) => total === bytes)).toBe(true);
      expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
      expect(told.at(-1)!.done).toBe(bytes);
      expect(told.length).toBeGreaterThan(30);
      for (const file of saved.values()) expect(file.byteLength).toBe(file.buffer.byteLength);
      for (const file of saved.values()) file.fill(0);
      expect(json(await model.save(), 'config.json')).toEqual(tinyConfig);
    });
  });

  it('stops where the caller says so, and the model can be used and saved again', async () => {
    await withModel(tinyFiles(), async (model) => {
      const stop = new AbortController();
      let events = 0;
      const onProgress = () => {
        if (++events === 5) stop.abort();
      };
      await expect(model.save({ onProgress, signal: stop.signal })).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(events).toBe(5);
      await expect(model.save({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
      await expect(model.save({ dtype: 'int8' as never })).rejects.toMatchObject({ argument: 'dtype' });
      expect((await model.save()).size).toBeGreaterThan(6);
    });
  });

  it('refuses float16 for a weight that it does not hold', async () => {
    await withModel(tinyFiles(), async (model) => {
      model.addHead('large', { labels: ['a', 'b'], bias: new Float32Array([1, 7e4]) });
      await expect(model.save({ dtype: 'float16' })).rejects.toMatchObject({
        name: 'ArgumentError',
        message: expect.stringMatching(/bias has the value 70000/),
      });
    });
  });

  it('ends where a training begins meanwhile: half of the weights would be older', async () => {
    await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      const saving = model.save();
      const outcome = saving.catch((error: unknown) => error);
      for await (const _ of new Trainer(model, { examples, epochs: 20 }).train());
      expect(await outcome).toMatchObject({
        name: 'TabgradError',
        message: expect.stringMatching(/training began/),
      });
      expect((await model.save()).size).toBeGreaterThan(6);
    });
  });

  it('outlives a head that is replaced meanwhile', async () => {
    await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      const before = await model.read('heads.topic.weight');
      const saving = model.save();
      model.addHead('topic', { labels: ['x', 'y'] });
      const saved = await saving;
      expect(json(saved, 'heads/topic/config.json').labels).toEqual(['a', 'b', 'c']);
      const head = await openSafetensors(saved.get('heads/topic/model.safetensors')!);
      expect(await head.read('weight')).toEqual(before);
    });
  });
});

describe('heads of a folder', () => {
  it('are asked for only where the model says that it has some', async () => {
    const saved = await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      return model.save();
    });
    const { 'heads/index.json': _, ...without } = asFiles(saved);
    await withModel(without, async (model) => {
      expect(model.parameters().some(({ name }) => name.startsWith('heads.'))).toBe(false);
    });
    const again = await withModel(without, (model) => model.save());
    expect(json(again, 'config_sentence_transformers.json').tabgrad).not.toHaveProperty('heads');
    expect(again.has('predict.py')).toBe(false);
  });

  it('come from an address too, and a model without heads is not asked for any', async () => {
    const { saved, before } = await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      return { saved: await model.save(), before: await model.predict(texts) };
    });
    const site = await serve(asFiles(saved));
    const model = await SentenceTransformer.fromPretrained(site.url, { gpu: globalThis.testGpu });
    expect(await model.predict(texts)).toEqual(before);
    await model.dispose();
    site.close();
    const plain = await serve(tinyFiles());
    await (await SentenceTransformer.fromPretrained(plain.url, { gpu: globalThis.testGpu })).dispose();
    plain.close();
    expect(plain.asked.filter((path) => path.startsWith('heads'))).toEqual([]);
    expect(plain.asked.sort()).toEqual([...new Set(plain.asked)]);
  });

  it.each<[string, string, unknown]>([
    ['a list that is none', 'heads/index.json', { topic: 'topic' }],
    ['a folder outside', 'heads/index.json', [{ name: 'topic', folder: '../topic' }]],
    ['a folder that is not there', 'heads/index.json', [{ name: 'topic', folder: 'nothing' }]],
    ['a name twice', 'heads/index.json', [0, 1].map(() => ({ name: 'topic', folder: 'topic' }))],
    ['another name', 'heads/index.json', [{ name: 'tropic', folder: 'topic' }]],
    [
      'labels of another number',
      'heads/topic/config.json',
      { name: 'topic', labels: ['a', 'b'], pooling: 'cls' },
    ],
    ['labels twice', 'heads/topic/config.json', { name: 'topic', labels: ['a', 'a', 'b'], pooling: 'cls' }],
    [
      'an unknown pooling',
      'heads/topic/config.json',
      { name: 'topic', labels: ['a', 'b', 'c'], pooling: 'max' },
    ],
    ['weights that are none', 'heads/topic/model.safetensors', 'damaged'],
  ])('are refused with %s', async (_, path, content) => {
    const saved = await withModel(tinyFiles(), async (model) => {
      addHeads(model);
      return model.save();
    });
    saved.set(path, new TextEncoder().encode(JSON.stringify(content)));
    const error: ModelFormatError = await loadTiny(asFiles(saved)).then(
      () => expect.unreachable('it was loaded'),
      (thrown: ModelFormatError) => thrown,
    );
    expect(error.name).toBe('ModelFormatError');
    expect(error.file).toMatch(/^heads\//);
  });
});
