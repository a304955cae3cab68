import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, open } from '../page/browser.ts';
import { buildDoor } from '../page/buildDoor.ts';
import type {} from '../page/door/door.ts';
import { root } from '../page/server.ts';
import { type HubServer, startHub } from '../support/hubServer.ts';
import { pictures } from '../support/waiting.ts';

const outDir = join(root, 'test-results/cache');
const model = join(root, 'public/weights/all-MiniLM-L6-v2');
const hubId = 'sentence-transformers/all-MiniLM-L6-v2';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

let site: Server;
let url: string;
/** Whether everything below weights/ is answered with 500. */
let isDown = false;
let hub: HubServer;
let browser: Browser;

beforeAll(async () => {
  await buildDoor(outDir);
  site = createServer((request, response) => {
    const path = request.url!.replace(/\?.*/, '').replace(/\/$/, '/index.html');
    const isWeights = path.startsWith('/weights/');
    if (isWeights && isDown) return void response.writeHead(500).end();
    try {
      const content = readFileSync(join(isWeights ? join(root, 'public') : outDir, path));
      const type = types[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  hub = await startHub();
  for (const entry of readdirSync(model, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    hub.files.set(`${hubId}/resolve/main/${path.slice(model.length + 1)}`, readFileSync(path));
  }
  browser = await launch();
});

beforeEach(() => {
  isDown = false;
});

afterAll(async () => {
  await browser?.close();
  await hub?.close();
  site?.closeAllConnections();
  site?.close();
});

/** Loads, embeds, disposes. */
function load(page: Page, source: string, hubUrl?: string) {
  return page.evaluate(
    async ([source, hubUrl]) => {
      const { SentenceTransformer } = window.door;
      const cached: boolean[] = [];
      const notes: string[] = [];
      const model = await SentenceTransformer.fromPretrained(source!, {
        hub: hubUrl,
        onProgress(event) {
          if (event.status === 'done') cached.push(event.cached);
          if (event.status === 'note') notes.push(event.message);
        },
      });
      const { data } = await model.encode(['A kitten naps in the sun.']);
      await model.dispose();
      return { data: [...data], cached, notes };
    },
    [source, hubUrl],
  );
}

const listed = (page: Page) => page.evaluate(() => window.door.cachedModels());

describe('a model in the browser’s cache', () => {
  it('of a folder loads in another tab while the server fails, until it is deleted', async () => {
    const { page, close } = await open(browser, url);
    const first = await load(page, './weights/all-MiniLM-L6-v2');
    expect(first.cached).not.toContain(true);
    expect(first.notes).toEqual([]);
    isDown = true;
    const other = await page.context().newPage();
    await other.goto(url);
    const again = await load(other, 'weights/../weights/all-MiniLM-L6-v2/');
    expect(again.cached).toHaveLength(first.cached.length);
    expect(again.cached).not.toContain(false);
    expect(again.data).toEqual(first.data);
    expect(await listed(other)).toEqual([
      { source: `${url}weights/all-MiniLM-L6-v2/`, files: first.cached.length, bytes: expect.any(Number) },
    ]);
    expect(await page.evaluate(() => window.door.deleteCachedModel('./weights/all-MiniLM-L6-v2'))).toBe(true);
    expect(await listed(page)).toEqual([]);
    await expect(load(page, './weights/all-MiniLM-L6-v2')).rejects.toThrow(/the server answered 500/);
    await close();
  });

  it('is kept once where two tabs load it at the same time', async () => {
    const { page, close } = await open(browser, url);
    const other = await page.context().newPage();
    await other.goto(url);
    const [first, second] = await Promise.all(
      [page, other].map((tab) => load(tab, './weights/all-MiniLM-L6-v2')),
    );
    expect(second!.data).toEqual(first!.data);
    expect([...first!.notes, ...second!.notes]).toEqual([]);
    isDown = true;
    const again = await load(page, './weights/all-MiniLM-L6-v2');
    expect(again.cached).not.toContain(false);
    expect(await listed(other)).toEqual([
      { source: `${url}weights/all-MiniLM-L6-v2/`, files: again.cached.length, bytes: expect.any(Number) },
    ]);
    await close();
  });

  it('may be deleted in one tab while another loads it: what is there afterwards is whole or nothing', async () => {
    const { page, close } = await open(browser, url);
    const other = await page.context().newPage();
    await other.goto(url);
    const source = './weights/all-MiniLM-L6-v2';
    const first = await load(page, source);
    /** Deletes again and again while the other tab loads. */
    const loadWhileDeleting = async () => {
      const loading = load(other, source);
      let isLoading = true;
      const ended = loading.finally(() => {
        isLoading = false;
      });
      let deletions = 0;
      while (isLoading) {
        if (await page.evaluate((source) => window.door.deleteCachedModel(source), source)) deletions++;
        await pictures(page, 1);
      }
      return { loaded: await ended, deletions };
    };
    // The first time it is in the cache, the second it is not.
    for (let time = 0; time < 2; time++) {
      const { loaded, deletions } = await loadWhileDeleting();
      expect(loaded.data).toEqual(first.data);
      expect(deletions).toBeGreaterThan(0);
    }
    expect((await load(page, source)).data).toEqual(first.data);
    isDown = true;
    const last = await load(other, source);
    expect(last.data).toEqual(first.data);
    expect(last.cached).not.toContain(false);
    await close();
  });

  it('may be deleted while a model that came from it is in use, which is saved whole all the same', async () => {
    const { page, close } = await open(browser, url);
    const source = './weights/all-MiniLM-L6-v2';
    const { data } = await load(page, source);
    isDown = true;
    const seen = await page.evaluate(async (source) => {
      const { SentenceTransformer, cachedModels, deleteCachedModel } = window.door;
      const model = await SentenceTransformer.fromPretrained(source);
      await deleteCachedModel(source);
      const left = await cachedModels();
      const files = await model.save();
      const { data } = await model.encode(['A kitten naps in the sun.']);
      await model.dispose();
      const again = await SentenceTransformer.fromPretrained(Object.fromEntries(files));
      const saved = await again.encode(['A kitten naps in the sun.']);
      await again.dispose();
      return {
        left,
        data: [...data],
        saved: [...saved.data],
        weights: files.get('model.safetensors')!.length,
      };
    }, source);
    expect(seen).toEqual({ left: [], data, saved: data, weights: 90_868_376 });
    await close();
  });

  it('of a hub on another origin, cut in between, goes on with no preflight, and is kept by its id', async () => {
    const { page, close } = await open(browser, url);
    // Its store is on a third one.
    const store = await startHub();
    store.files = hub.files;
    store.trouble = { cutAfter: 50_000_000 };
    const referrers = new Set<string | undefined>();
    hub.instead = (request, response) => {
      referrers.add(request.headers.referer);
      if (!request.url!.endsWith('.safetensors')) return false;
      return Boolean(response.writeHead(302, { location: `${store.url}/store${request.url}` }).end());
    };
    const first = await load(page, hubId, hub.url);
    const bodies = store.asked;
    expect(bodies.map(({ status }) => status)).toEqual([200, 206]);
    expect(Number(/^bytes=(\d+)-$/.exec(bodies[1]!.range!)![1])).toBeGreaterThan(1_000_000);
    expect([...referrers]).toEqual([undefined]);
    expect([...hub.asked, ...store.asked].filter(({ method }) => method !== 'GET')).toEqual([]);
    const before = hub.asked.length;
    expect((await load(page, hubId, hub.url)).data).toEqual(first.data);
    expect(hub.asked).toHaveLength(before);
    expect(await listed(page)).toMatchObject([{ source: hubId, revision: 'main' }]);
    await store.close();
    await close();
  });

  it('is not kept where the browser gives no room: it loads, and a note says so', async () => {
    const { page, close } = await open(browser, url);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', {
      origin: url.slice(0, -1),
      quotaSize: 50_000_000,
    });
    const { notes, data } = await load(page, './weights/all-MiniLM-L6-v2');
    expect(data).toHaveLength(384);
    expect(notes).toEqual([
      expect.stringMatching(/not kept for the next visit: there is no room for its 9\d MB/),
    ]);
    expect(await listed(page)).toEqual([]);
    await close();
  });
});
