import { describe, expect, it, vi } from 'vitest';
import { ModelFormatError } from '../../../src/errors.ts';
import { openCheckpoint } from '../../../src/files/safetensors/checkpoint.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ModelFiles } from '../../../src/types.ts';
import { startHub } from '../../support/hubServer.ts';
import { MemoryCaches } from '../../support/memoryCache.ts';
import { fileWith } from '../../support/safetensorsBytes.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const tensor = (name: string, ...values: number[]) => ({
  name,
  dtype: 'F32',
  shape: [values.length],
  bytes: new Uint8Array(new Float32Array(values).buffer),
});
const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const weightMap = { a: first, b: second, c: first };

/** Three tensors in two files. */
function sharded(change: ModelFiles = {}, map: unknown = weightMap): ModelFiles {
  return {
    'config.json': json({}),
    'model.safetensors.index.json': json({ metadata: { total_size: 24 }, weight_map: map }),
    [first]: fileWith([tensor('c', 5), tensor('a', 1, 2)], { format: 'pt' }),
    [second]: fileWith([tensor('b', 3, 4, 6)], { of: 'second' }),
    ...change,
  };
}

async function open(files: ModelFiles, at = '') {
  const folder = await openSource(files);
  return openCheckpoint(folder, at, folder.optionalBlob(`${at}model.safetensors`));
}

describe('a checkpoint in several files', () => {
  it('is as one file: tensors, their order, floats and bytes', async () => {
    const { metadata, tensors, read, bytes } = await open(sharded());
    expect(metadata).toEqual({ format: 'pt', of: 'second' });
    const inOrder = [...tensors.values()].sort((x, y) => x.begin - y.begin);
    expect(inOrder.map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    for (const [i, { begin, end, shape }] of inOrder.entries()) {
      expect(end - begin).toBe(4 * shape[0]!);
      expect(begin).toBeGreaterThanOrEqual(inOrder[i - 1]?.end ?? 0);
    }
    expect(await read('a')).toEqual(new Float32Array([1, 2]));
    expect(await read('b')).toEqual(new Float32Array([3, 4, 6]));
    expect(await bytes('c')).toEqual(new Uint8Array(new Float32Array([5]).buffer));
    await expect(read('d')).rejects.toThrow(/have no tensor d/);
    await expect(bytes('toString')).rejects.toThrow(ModelFormatError);
  });

  it('lies in the folder of the encoder', async () => {
    const files = Object.fromEntries(
      Object.entries(sharded()).map(([path, file]) => [`0_Transformer/${path}`, file]),
    );
    const checkpoint = await open({ ...files, 'modules.json': json([]) }, '0_Transformer/');
    expect([...checkpoint.tensors.keys()].sort()).toEqual(['a', 'b', 'c']);
  });

  it('is not looked for where model.safetensors is there', async () => {
    const checkpoint = await open(sharded({ 'model.safetensors': fileWith([tensor('z', 1)]) }));
    expect([...checkpoint.tensors.keys()]).toEqual(['z']);
  });

  it('is not asked for beyond a damaged file', async () => {
    const asked: string[] = [];
    const files = sharded({ [first]: json('damaged') });
    const folder = await openSource(files);
    const watched = {
      ...folder,
      blob: (path: string) => {
        asked.push(path);
        return folder.blob(path);
      },
    };
    await expect(openCheckpoint(watched, '', Promise.resolve(undefined))).rejects.toThrow(
      `${first} is not a valid safetensors file`,
    );
    expect(asked).toEqual([first]);
  });

  it.each<[string, ModelFiles, string]>([
    ['a file is missing', (({ [second]: _, ...rest }) => rest)(sharded()), `There is no ${second}`],
    [
      'a tensor is in two files',
      sharded({ [second]: fileWith([tensor('b', 1), tensor('a', 1)]) }),
      'tensor "a" is in two files',
    ],
    ['a tensor is in no file', sharded({}, { ...weightMap, d: second }), `tensor "d" is not in ${second}`],
    [
      'a tensor is in another file',
      sharded({}, { ...weightMap, a: second }),
      `tensor "a" is in ${first}, and weight_map says that it is in ${second}`,
    ],
    [
      'the index lacks a tensor',
      sharded({}, { a: first, b: second }),
      `tensor "c" is in ${first}, but not in weight_map`,
    ],
    [
      'a file is cut',
      sharded({ [second]: fileWith([tensor('b', 1, 2)]).slice(0, -1) }),
      `${second} is not a valid safetensors file`,
    ],
    [
      'there is no weight_map',
      sharded({ 'model.safetensors.index.json': json({ metadata: {} }) }),
      'weight_map is missing',
    ],
    ['weight_map is a list', sharded({}, []), 'weight_map holds []'],
    ['weight_map is empty', sharded({}, {}), 'weight_map is empty'],
    ['the index is no object', sharded({ 'model.safetensors.index.json': json(3) }), 'index.json holds 3'],
    [
      'the index is no JSON',
      sharded({ 'model.safetensors.index.json': Uint8Array.of(1) }),
      'index.json is not JSON',
    ],
    ['there is no weight at all', { 'config.json': json({}) }, 'There is no model.safetensors'],
    [
      'there is only pytorch_model.bin',
      { 'config.json': json({}), 'pytorch_model.bin': json(1) },
      'has pytorch_model.bin and no model.safetensors',
    ],
  ])('is refused where %s', async (_, files, message) => {
    const opening = open(files);
    await expect(opening).rejects.toThrow(ModelFormatError);
    await expect(opening).rejects.toThrow(message);
  });

  it.each([
    '../model.safetensors',
    'other/model.safetensors',
    '/etc/model.safetensors',
    '..\\model.safetensors',
    '%2e%2e%2fmodel.safetensors',
    'https://elsewhere.example/model.safetensors',
    '.safetensors',
    'pytorch_model.bin',
    'model.safetensors?x',
    'model.safetensors\n',
    '',
    3,
    null,
  ])('is refused where a tensor is said to be in %j', async (name) => {
    await expect(open(sharded({}, { ...weightMap, b: name }))).rejects.toThrow(
      /weight_map says that tensor "b" is in .+ no name of a safetensors file next to it/,
    );
  });
});

describe('a checkpoint in several files, on a hub', () => {
  it('needs no hub the second time', async () => {
    const hub = await startHub();
    vi.stubGlobal('caches', new MemoryCaches());
    try {
      for (const [path, file] of Object.entries(sharded()))
        hub.files.set(`owner/model/resolve/main/${path}`, Buffer.from(file as Uint8Array));
      const load = async () => {
        const folder = await openSource('owner/model', { hub: hub.url });
        const checkpoint = await openCheckpoint(folder, '', folder.optionalBlob('model.safetensors'));
        await folder.keep();
        return checkpoint.read('b');
      };
      expect(await load()).toEqual(new Float32Array([3, 4, 6]));
      await hub.close();
      expect(await load()).toEqual(new Float32Array([3, 4, 6]));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
