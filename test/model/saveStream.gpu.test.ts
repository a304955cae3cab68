import { describe, expect, it, vi } from 'vitest';
import { contentOf, PIECE } from '../../src/files/fileParts.ts';
import { openSafetensors } from '../../src/files/safetensors/safetensorsFile.ts';
import { unzip } from '../../src/files/zip/unzip.ts';
import { zipStream } from '../../src/files/zip/zip.ts';
import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { ProgressEvent, SavedFile, SavedFiles } from '../../src/types.ts';
import { fileWith } from '../support/safetensorsBytes.ts';
import { seededBert } from '../support/seeded.ts';
import { loadTiny, tinyConfig, tinyFiles } from '../support/tinyModel.ts';
import { turns } from '../support/waiting.ts';

/** More than a piece, of a tensor that the model does not use. */
const decoder = {
  name: 'cls.predictions.decoder',
  dtype: 'U8' as const,
  shape: [PIECE + 1001],
  bytes: Uint8Array.from({ length: PIECE + 1001 }, (_, i) => (i * i) % 251),
};

/** The word embeddings are more than a piece. */
const config = { ...tinyConfig, hidden_size: 64 };
const tensors = [...seededBert(config)].map(([name, { shape, data }]) => ({
  name,
  dtype: 'F32' as const,
  shape: [...shape],
  bytes: new Uint8Array(data.buffer),
}));
const bytesOfModel = tensors.reduce((sum, { bytes }) => sum + bytes.length, 0);

const examples = [
  { text: 'one', labels: { topic: 'a' } },
  { text: 'two', labels: { topic: 'b' } },
];

/** A model with a head and several pieces of weights, and what is read of it from the GPU. */
async function withModel(
  use: (model: SentenceTransformer, readBack: () => number) => Promise<void>,
): Promise<void> {
  const model = await loadTiny(tinyFiles([...tensors, decoder], { 'config.json': config }));
  const { commands } = model.core.engine;
  let bytes = 0;
  const read = commands.read.bind(commands);
  const spy = vi.spyOn(commands, 'read').mockImplementation((slice) => {
    bytes += slice.bytes;
    return read(slice);
  });
  try {
    model.addHead('topic', { labels: ['a', 'b'], seed: 2 });
    await use(model, () => bytes);
  } finally {
    spy.mockRestore();
    await model.dispose();
  }
}

async function collect(files: AsyncIterable<SavedFile>): Promise<SavedFiles> {
  const all: SavedFiles = new Map();
  for await (const file of files) all.set(file.path, await contentOf(file));
  return all;
}

/** The stream of the encoder's weights, with the files before it left out. */
async function weightsOf(files: AsyncGenerator<SavedFile, void, void>) {
  for (;;) {
    const { value } = await files.next();
    if (!value) return expect.unreachable('no weights');
    if (value.path === 'model.safetensors') return value.stream.getReader();
  }
}

function expectSame(a: SavedFiles, b: SavedFiles): void {
  expect([...a.keys()]).toEqual([...b.keys()]);
  for (const [path, bytes] of a) expect([path, Buffer.compare(bytes, b.get(path)!)]).toEqual([path, 0]);
}

describe('a streamed model', () => {
  it.each(['float32', 'float16'] as const)('is what save() gives, as %s', async (dtype) => {
    await withModel(async (model) => {
      const saved = await model.save({ dtype });
      expectSame(await collect(model.saveStream({ dtype })), saved);
      const zip = await new Response(zipStream(model.saveStream({ dtype }), 'm')).blob();
      const unpacked = new Map<string, Uint8Array<ArrayBuffer>>();
      for (const [path, content] of Object.entries(await unzip(zip)))
        unpacked.set(path, new Uint8Array(await content.arrayBuffer()));
      expectSame(unpacked, saved);
    });
  });

  it('is read from the GPU as it is pulled, a piece at a time', async () => {
    await withModel(async (model, readBack) => {
      const files = model.saveStream();
      expect(readBack()).toBe(0);
      const weights = await weightsOf(files);
      const before = readBack();
      let pulled = 0;
      let largest = 0;
      let pieces = 0;
      for (let { done, value } = await weights.read(); !done; { done, value } = await weights.read()) {
        pieces++;
        pulled += value!.length;
        largest = Math.max(largest, value!.length);
        expect(value!.buffer.byteLength).toBe(value!.length);
        // Whoever reads is slow.
        if (pieces < 10) await turns(10);
        expect(readBack() - before).toBeLessThanOrEqual(pulled);
      }
      expect(pulled).toBeGreaterThan(2 * PIECE);
      expect(largest).toBe(PIECE);
      // All of it came this way but the tensor that the model does not use.
      expect(readBack() - before).toBe(bytesOfModel);
      await files.return();
    });
  });

  it('tells how far it is', async () => {
    await withModel(async (model) => {
      const events: ProgressEvent[] = [];
      const files = model.saveStream({ onProgress: (event) => void events.push(event) });
      const bytes = [...(await collect(files)).values()].reduce((sum, { length }) => sum + length, 0);
      expect(events[0]).toEqual({ status: 'save', done: 0, total: bytes });
      expect(events.at(-1)).toEqual({ status: 'save', done: bytes, total: bytes });
    });
  });

  it.each(['left', 'aborted', 'aborted and forgotten'])(
    'frees all that it holds when it is %s',
    async (how) => {
      await withModel(async (model, readBack) => {
        // A head that is replaced during a call goes with its end.
        const { liveBytes } = await model.usage();
        const stop = new AbortController();
        const files = model.saveStream({ signal: stop.signal });
        const weights = await weightsOf(files);
        await weights.read();
        await weights.read();
        model.addHead('topic', { labels: ['a', 'b'], seed: 3 });
        expect((await model.usage()).liveBytes).toBeGreaterThan(liveBytes);
        if (how === 'left') await files.return();
        else stop.abort();
        if (how === 'aborted') {
          await expect(weights.read()).rejects.toMatchObject({ name: 'AbortError' });
          await expect(files.next()).rejects.toMatchObject({ name: 'AbortError' });
        }
        const read = readBack();
        expect((await model.usage()).liveBytes).toBe(liveBytes);
        expect(readBack()).toBe(read);
        expect((await collect(model.saveStream())).size).toBeGreaterThan(6);
      });
    },
  );

  it('does nothing at all when it is aborted before', async () => {
    await withModel(async (model, readBack) => {
      await expect(model.saveStream({ signal: AbortSignal.abort() }).next()).rejects.toMatchObject({
        name: 'AbortError',
      });
      await expect(model.saveStream({ dtype: 'int8' as never }).next()).rejects.toMatchObject({
        argument: 'dtype',
      });
      for (const card of [
        null,
        3,
        { settings: null },
        { metrics: 'good' },
        { dataset: 1 },
        { baseModel: 1 },
      ]) {
        await expect(model.saveStream({ card: card as never }).next()).rejects.toMatchObject({
          argument: 'card',
        });
      }
      expect(readBack()).toBe(0);
    });
  });

  it('fails in the middle where a number does not fit, and the model stays usable', async () => {
    await withModel(async (model) => {
      const { liveBytes } = await model.usage();
      model.addHead('large', { labels: ['a', 'b'], bias: new Float32Array([1, 7e4]) });
      const files = model.saveStream({ dtype: 'float16' });
      await expect(collect(files)).rejects.toMatchObject({ argument: 'dtype', parameter: 'bias' });
      expect((await files.next()).done).toBe(true);
      model.removeHead('large');
      expect((await model.usage()).liveBytes).toBe(liveBytes);
    });
  });
});

describe('a streamed model and a training', () => {
  const options = { examples, epochs: 3, learningRate: 1e-2 };

  it('ends where a training begins, even one that is over before the next piece is read', async () => {
    await withModel(async (model) => {
      const files = model.saveStream();
      const weights = await weightsOf(files);
      await weights.read();
      for await (const _ of new Trainer(model, options).train());
      await expect(
        (async () => {
          for (let { done } = await weights.read(); !done; { done } = await weights.read());
        })(),
      ).rejects.toMatchObject({ name: 'TabgradError', message: expect.stringMatching(/a training began/) });
      expect((await collect(model.saveStream())).size).toBeGreaterThan(6);
    });
  });

  it('is of one moment during a training, however slowly it is read', async () => {
    await withModel(async (model) => {
      let files: AsyncGenerator<SavedFile, void, void> | undefined;
      let first: SavedFile | undefined;
      const expected = new Map<string, Float32Array>();
      for await (const event of new Trainer(model, options).train()) {
        if (event.type !== 'step' || files) continue;
        files = model.saveStream();
        first = (await files.next()).value ?? undefined;
        for (const { name } of model.parameters()) expected.set(name, await model.read(name));
      }
      // The run is over by now.
      expect(first!.path).toBe('1_Pooling/config.json');
      const saved = await collect(files!);
      const checkpoint = await openSafetensors(saved.get('model.safetensors')!);
      for (const [name, values] of expected) {
        if (name.startsWith('heads.')) continue;
        expect([
          name,
          Buffer.from((await checkpoint.read(name)).buffer).equals(Buffer.from(values.buffer)),
        ]).toEqual([name, true]);
      }
      const last = await model.read('encoder.layer.1.output.dense.weight');
      expect(last).not.toEqual(expected.get('encoder.layer.1.output.dense.weight'));
      const { liveBytes } = await model.usage();
      await collect(model.saveStream());
      expect((await model.usage()).liveBytes).toBe(liveBytes);
    });
  });
});

it('weights come to the GPU slice by slice, from a part of their file each', async () => {
  const file = new Blob([fileWith(tensors)]);
  const parts: number[] = [];
  const slice = file.slice.bind(file);
  file.slice = (begin, end, type) => {
    parts.push((end ?? file.size) - (begin ?? 0));
    return slice(begin, end, type);
  };
  const small = tinyFiles([], { 'config.json': config });
  await (await loadTiny({ ...small, 'model.safetensors': file })).dispose();
  expect(parts.length).toBeGreaterThan(30);
  expect(Math.max(...parts)).toBeLessThanOrEqual(16 * 2 ** 20);
});
