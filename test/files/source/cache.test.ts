import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheName } from '../../../src/files/source/cache.ts';
import { cachedModels, deleteCachedModel, keepCachedModels } from '../../../src/files/source/cachedModels.ts';
import type { SourceOptions } from '../../../src/files/source/reader.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ProgressEvent } from '../../../src/types.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';
import { MemoryCaches } from '../../support/memoryCache.ts';

const id = 'owner/model';
const config = Buffer.from('{"model_type":"bert"}');
const weights = Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => i * 31));

let hub: HubServer;
let caches: MemoryCaches;

beforeEach(async () => {
  hub = await startHub();
  for (const folder of ['owner/model/resolve/main', 'owner/model/resolve/v1', 'folder']) {
    hub.files.set(`${folder}/config.json`, config);
    hub.files.set(`${folder}/model.safetensors`, weights);
  }
  caches = new MemoryCaches();
  vi.stubGlobal('caches', caches);
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await hub.close();
});

const pathsOf = (events: ProgressEvent[], cached: boolean) =>
  events.flatMap((event) => (event.status === 'done' && event.cached === cached ? [event.file] : []));
const notesOf = (events: ProgressEvent[]) =>
  events.flatMap((event) => (event.status === 'note' ? [event.message] : []));

/** Loads as a model is loaded. */
async function load(source: string, options: SourceOptions = {}): Promise<ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  const onProgress = (event: ProgressEvent) => events.push(event);
  const folder = await openSource(source, { hub: hub.url, retryDelay: 5, onProgress, ...options });
  expect(await folder.optionalJson('modules.json')).toBeUndefined();
  const file = folder.blob('model.safetensors');
  expect(await folder.json('config.json')).toEqual({ model_type: 'bert' });
  expect(weights.equals(Buffer.from(await ((await file) as Blob).arrayBuffer()))).toBe(true);
  await folder.keep();
  return events;
}

describe('a model from the web', () => {
  it.each(['a hub id', 'a folder’s address'])(
    'needs no request the second time, missing files included: %s',
    async (kind) => {
      const source = kind === 'a hub id' ? id : `${hub.url}/folder`;
      expect(pathsOf(await load(source), false).sort()).toEqual(['config.json', 'model.safetensors']);
      const before = hub.asked.length;
      expect(before).toBeGreaterThan(2);
      const events = await load(source);
      expect(hub.asked).toHaveLength(before);
      expect(pathsOf(events, true).sort()).toEqual(['config.json', 'model.safetensors']);
      expect(events.filter(({ status }) => status === 'download')).toEqual([]);
      const total = weights.length + config.length;
      expect(events.filter(({ status }) => status === 'progress_total').at(-1)).toEqual({
        status: 'progress_total',
        loaded: total,
        total,
        progress: 100,
      });
    },
  );

  it('is kept as a whole once the load has succeeded, and not before', async () => {
    const folder = await openSource(id, { hub: hub.url });
    await folder.json('config.json');
    await folder.optionalJson('modules.json');
    await folder.blob('model.safetensors');
    expect(await cachedModels()).toEqual([]);
    await folder.keep();
    expect(await cachedModels()).toEqual([
      { source: id, revision: 'main', bytes: weights.length + config.length, files: 2 },
    ]);
  });

  it('is another model at another revision, and another one at another hub', async () => {
    await load(id);
    expect(pathsOf(await load(id, { revision: 'v1' }), true)).toEqual([]);
    const other = await startHub();
    other.files = hub.files;
    expect(pathsOf(await load(id, { hub: other.url }), true)).toEqual([]);
    await other.close();
  });

  it('is neither kept nor taken with cache: false', async () => {
    await load(id, { cache: false });
    expect(await cachedModels()).toEqual([]);
    await load(id);
    expect(pathsOf(await load(id, { cache: false }), true)).toEqual([]);
  });

  it('is downloaded again where what was kept is damaged', async () => {
    await load(id);
    const cache = await caches.open(cacheName);
    const url = `${hub.url}/owner/model/resolve/main/model.safetensors`;
    const { headers } = (await cache.match(url))!;
    await cache.put(url, new Response(weights.subarray(0, 100), { headers }));
    // All of it, as nobody knows whether the rest is of the version that the server has by now.
    expect(pathsOf(await load(id), false).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(pathsOf(await load(id), false)).toEqual([]);
  });

  it('is never a login page, an error or a truncated file', async () => {
    const folder = await openSource(id, { hub: hub.url, retryDelay: 5 });
    for (const body of ['<html>Log in', '{"error":"no"}']) {
      hub.instead = (_, response) => Boolean(response.writeHead(200).end(body));
      await expect(folder.json('config.json')).rejects.toThrow(/config.json/);
    }
    hub.instead = undefined;
    hub.trouble = { cutAfter: 1000, times: 9 };
    await expect(folder.blob('model.safetensors')).rejects.toThrow(/ended after/);
    await folder.keep();
    expect(await cachedModels()).toEqual([]);
  });

  it('may be loaded by two tabs at once', async () => {
    await Promise.all([load(id), load(id)]);
    expect(await cachedModels()).toMatchObject([{ files: 2, bytes: weights.length + config.length }]);
    expect(pathsOf(await load(id), false)).toEqual([]);
  });
});

describe('where a model cannot be kept', () => {
  it('for want of room, it loads, a note says so, and nothing of it stays', async () => {
    caches.quota = weights.length + config.length - 1;
    const events = await load(id);
    expect(notesOf(events)).toEqual([
      expect.stringMatching(/loaded but not kept for the next visit: there is no room for its 1 MB\. Delete/),
    ]);
    expect(caches.bytes).toBe(0);
    expect(await cachedModels()).toEqual([]);
  });

  it.each([
    ['there is no Cache API', undefined],
    ['storage is blocked', { open: () => Promise.reject(new DOMException('no', 'SecurityError')) }],
  ])('as %s, it loads, and a browser says so once', async (_, api) => {
    vi.stubGlobal('caches', api);
    expect(notesOf(await load(id))).toEqual([]);
    vi.stubGlobal('document', { baseURI: 'http://page.test/' });
    expect(notesOf(await load(id))).toEqual([
      'This browser does not let the page keep the model: it is downloaded each time.',
    ]);
    expect(await cachedModels()).toEqual([]);
    expect(await deleteCachedModel(id)).toBe(false);
  });

  it('as reading fails, it is downloaded', async () => {
    vi.stubGlobal('caches', {
      open: async () => ({ match: () => Promise.reject(new Error('disk')), put: async () => {} }),
    });
    expect(pathsOf(await load(id), false)).toHaveLength(2);
  });
});

describe('what is kept', () => {
  it('is listed by source and revision, and deleted by either', async () => {
    const folder = `${hub.url}/folder/`;
    await load(id);
    await load(id, { revision: 'v1' });
    await load(folder);
    const listed = (await cachedModels()).map(({ source, revision }) => [source, revision]);
    expect(listed).toEqual([
      [folder, undefined],
      [id, 'main'],
      [id, 'v1'],
    ]);
    expect(await deleteCachedModel(id, { revision: 'v1' })).toBe(true);
    expect(await deleteCachedModel(id, { revision: 'v1' })).toBe(false);
    expect(await cachedModels()).toHaveLength(2);
    expect(pathsOf(await load(id), false)).toEqual([]);
    await load(id, { revision: 'v1' });
    expect(await deleteCachedModel(id)).toBe(true);
    expect((await cachedModels()).map(({ source }) => source)).toEqual([folder]);
    expect(await deleteCachedModel(folder.slice(0, -1))).toBe(true);
    expect(await (await caches.open(cacheName)).keys()).toEqual([]);
  });

  it('has names of any script', async () => {
    const folder = `${hub.url}/モデル`;
    hub.files.set('モデル/config.json', config);
    hub.files.set('モデル/model.safetensors', weights);
    await load(folder);
    const [model] = await cachedModels();
    expect(pathsOf(await load(model!.source), false)).toEqual([]);
    expect(await deleteCachedModel(folder)).toBe(true);
  });

  it('can be made safe where the browser can', async () => {
    expect(await keepCachedModels()).toBe(false);
    vi.stubGlobal('navigator', { storage: { persist: async () => true } });
    expect(await keepCachedModels()).toBe(true);
  });
});
