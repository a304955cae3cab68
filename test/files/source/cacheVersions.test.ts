import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheName } from '../../../src/files/source/cache.ts';
import { cachedModels, deleteCachedModel } from '../../../src/files/source/cachedModels.ts';
import type { SourceOptions } from '../../../src/files/source/reader.ts';
import { openSource } from '../../../src/files/source/source.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';
import { MemoryCaches } from '../../support/memoryCache.ts';
import { turns } from '../../support/waiting.ts';

const id = 'owner/model';
const folder = `${id}/resolve/main`;

let hub: HubServer;
let caches: MemoryCaches;

/** What main is from now on: files of equal lengths in each version. */
function publish(version: number): void {
  hub.files.set(`${folder}/config.json`, Buffer.from(`{"version":${version}}`));
  hub.files.set(`${folder}/model.safetensors`, Buffer.alloc(50_000, version));
}

beforeEach(async () => {
  hub = await startHub();
  publish(1);
  caches = new MemoryCaches();
  vi.stubGlobal('caches', caches);
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await hub.close();
});

const open = (options: SourceOptions = {}) => openSource(id, { hub: hub.url, retryDelay: 5, ...options });

/** Reads as a model is loaded. @returns the versions of its files, and what keeps it */
async function read(options?: SourceOptions) {
  const source = await open(options);
  const [config, weights] = await Promise.all([
    source.json('config.json') as Promise<{ version: number }>,
    source.blob('model.safetensors') as Promise<Blob>,
    source.optionalJson('modules.json'),
  ]);
  const first = new Uint8Array(await weights.arrayBuffer())[0];
  return { versions: [config.version, first], keep: () => source.keep() };
}

async function load(options?: SourceOptions) {
  const { versions, keep } = await read(options);
  await keep();
  return versions;
}

/** Requests so far. */
const asked = () => hub.asked.length;

describe('a branch that has moved on', () => {
  it('is loaded as it was kept, until that is deleted or left out', async () => {
    expect(await load()).toEqual([1, 1]);
    publish(2);
    const before = asked();
    expect(await load()).toEqual([1, 1]);
    expect(asked()).toBe(before);
    expect(await load({ cache: false })).toEqual([2, 2]);
    expect(await deleteCachedModel(id)).toBe(true);
    expect(await load()).toEqual([2, 2]);
    expect(await load()).toEqual([2, 2]);
  });

  it.each(['config.json', 'model.safetensors'])(
    'is loaded anew where %s is gone from the cache',
    async (file) => {
      await load();
      publish(2);
      const cache = await caches.open(cacheName);
      expect(await cache.delete(`${hub.url}/${folder}/${file}`)).toBe(true);
      expect(await load()).toEqual([2, 2]);
      expect(await load()).toEqual([2, 2]);
    },
  );

  it.each([1, 2, 3])('is no mixture where a tab was closed after it had written %i files', async (puts) => {
    const cache = await caches.open(cacheName);
    const { keep } = await read();
    let left = puts;
    vi.stubGlobal('caches', {
      ...{ has: async () => true },
      open: async () => ({
        ...cache,
        put: async (url: string, response: Response) =>
          left-- > 0 ? cache.put(url, response) : new Promise(() => {}),
      }),
    });
    const closed = await read();
    void closed.keep();
    await expect.poll(() => left).toBe(-1);
    vi.stubGlobal('caches', caches);
    publish(2);
    expect(await load()).toEqual([2, 2]);
    const before = asked();
    expect(await load()).toEqual([2, 2]);
    expect(asked()).toBe(before);
    await keep();
    expect(await load()).toEqual([1, 1]);
  });
});

it('what a later load asks for beside it is kept with the rest', async () => {
  await load();
  const source = await open();
  expect(await source.optionalJson('added_tokens.json')).toBeUndefined();
  await source.keep();
  const before = asked();
  expect(await load()).toEqual([1, 1]);
  expect(await (await open()).optionalJson('added_tokens.json')).toBeUndefined();
  expect(asked()).toBe(before);
});

it('an abort in the midst of a body leaves nothing of it', async () => {
  hub.trouble = { stallAfter: 10_000 };
  const controller = new AbortController();
  const reading = read({
    signal: controller.signal,
    onProgress: (event) => {
      if (event.status === 'progress' && event.file === 'model.safetensors') controller.abort();
    },
  });
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(await cachedModels()).toEqual([]);
  hub.trouble = {};
  expect(await load()).toEqual([1, 1]);
});

describe('two tabs', () => {
  /** As browsers have them. */
  function stubLocks(): void {
    let last: Promise<unknown> = Promise.resolve();
    vi.stubGlobal('navigator', {
      locks: {
        request: (_: string, work: () => Promise<unknown>) => {
          last = last.then(work, work);
          return last;
        },
      },
    });
  }

  it('that keep two versions at the same time keep one of them', async () => {
    stubLocks();
    const cache = await caches.open(cacheName);
    vi.stubGlobal('caches', {
      open: async () => ({
        ...cache,
        // The first tab falls behind between its two files.
        put: async (url: string, response: Response) => {
          const isLate = (await response.clone().text()).startsWith('{"version":1');
          if (isLate) await turns();
          return cache.put(url, response);
        },
      }),
    });
    const first = await read();
    publish(2);
    const second = await read();
    expect([first.versions, second.versions]).toEqual([
      [1, 1],
      [2, 2],
    ]);
    await Promise.all([first.keep(), second.keep()]);
    const before = asked();
    expect(await load()).toEqual([2, 2]);
    expect(asked()).toBe(before);
  });

  it('do no harm where one deletes what the other is reading', async () => {
    await load();
    const source = await open();
    expect(await source.json('config.json')).toEqual({ version: 1 });
    expect(await deleteCachedModel(id)).toBe(true);
    publish(2);
    const before = asked();
    const weights = (await source.blob('model.safetensors')) as Blob;
    expect(new Uint8Array(await weights.arrayBuffer())[0]).toBe(1);
    expect(asked()).toBe(before);
    await source.keep();
    expect(await cachedModels()).toEqual([]);
    expect(await load()).toEqual([2, 2]);
  });
});

describe('room that ends in the midst', () => {
  it('leaves nothing, whatever was kept before', async () => {
    await load();
    const [{ bytes } = { bytes: 0 }] = await cachedModels();
    publish(2);
    await deleteCachedModel(id);
    const anew = await read();
    caches.quota = bytes - 1;
    await anew.keep();
    expect(caches.bytes).toBe(0);
    expect(await cachedModels()).toEqual([]);
    caches.quota = Number.POSITIVE_INFINITY;
    expect(await load()).toEqual([2, 2]);
    expect(await cachedModels()).toEqual([{ source: id, revision: 'main', bytes, files: 2 }]);
  });
});
