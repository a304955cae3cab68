import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open } from '../page/browser.ts';
import { buildDoor } from '../page/buildDoor.ts';
import type {} from '../page/door/door.ts';
import { type Site, serve } from '../page/server.ts';

const outDir = 'test-results/requests';

let site: Site;
/** Another origin: it answers with no size that the page may know, or with what may be kept. */
let other: Server;
let otherUrl: string;
let browser: Browser;

beforeAll(async () => {
  await buildDoor(outDir);
  site = await serve(outDir);
  other = createServer((request, response) => {
    const isOpen = request.url === '/kept';
    response.writeHead(200, {
      'access-control-allow-origin': '*',
      ...(isOpen && { 'timing-allow-origin': '*', 'cache-control': 'max-age=600' }),
    });
    response.end('some text');
  });
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  other?.closeAllConnections();
  other?.close();
});

describe('the worker’s count of requests', () => {
  it('has those of loading, none of embedding, and of others those that went out', async () => {
    const { page, close } = await open(browser, site.url);
    const model = await page.evaluateHandle(() =>
      window.door.SentenceTransformer.fromPretrained('./weights/all-MiniLM-L6-v2'),
    );
    const count = (since?: number) => model.evaluate((model, since) => model.requests(since), since);
    const ask = (url: string) =>
      page.workers()[0]!.evaluate(async (url) => {
        await fetch(url).then(
          (response) => response.text(),
          () => {},
        );
      }, url);

    const ofLoading = site.asked.filter((path) => path.startsWith('/weights/')).length;
    expect(ofLoading).toBeGreaterThan(3);
    expect(await count()).toBe(ofLoading);
    const ready = Date.now();
    await model.evaluate((model) => model.encode(['A kitten naps in the sun.']));
    expect(await count(ready)).toBe(0);

    // The browser files what it knows of a request after its answer.
    const expectCount = (expected: number) => expect.poll(() => count(ready)).toBe(expected);
    await ask(`${site.url}missing`);
    await expectCount(1);
    await ask(`${otherUrl}hidden`);
    await expectCount(2);
    await ask(`${otherUrl}kept`);
    await expectCount(3);
    await ask(`${otherUrl}kept`);
    await ask('data:text/plain,here');
    await ask(await page.evaluate(() => URL.createObjectURL(new Blob(['here']))));
    await ask('http://127.0.0.1:1/nobody');
    await expectCount(4);
    await close();
  });
});
