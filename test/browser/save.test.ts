import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, type Opened, open } from '../page/browser.ts';
import { buildDoor } from '../page/buildDoor.ts';
import type {} from '../page/door/door.ts';
import { type Site, serve } from '../page/server.ts';

const weights = '/weights/all-MiniLM-L6-v2';

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  await buildDoor('test-results/save');
  site = await serve('test-results/save');
  browser = await launch();
  opened = await open(browser, site.url);
  page = opened.page;
});

afterAll(async () => {
  await opened?.close();
  await browser?.close();
  await site?.close();
});

describe('a model in a worker', () => {
  it('is saved, zipped, unzipped and loaded again, and is the same', async () => {
    const seen = await page.evaluate(async (source) => {
      const { SentenceTransformer, zipModel, unzipModel } = window.door;
      let longest = 0;
      let last = performance.now();
      const watch = setInterval(() => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
      }, 1);
      /** How long work took, and the longest time that the page could do nothing meanwhile. */
      const timed = async <T>(work: Promise<T>) => {
        longest = 0;
        const start = performance.now();
        const result = await work;
        return { result, times: { took: performance.now() - start, blocked: longest } };
      };
      const model = await SentenceTransformer.fromPretrained(source);
      await model.addHead('topic', { labels: ['a', 'b'], seed: 3 });
      const before = await model.predict(['A text.']);
      let events = 0;
      const options = { card: { steps: 0 }, onProgress: () => void events++ };
      const save = await timed(model.save(options));
      const files = save.result;
      const sizes = Object.fromEntries([...files].map(([path, { length }]) => [path, length]));
      const zipping = await timed(zipModel(files, 'my-model'));
      const streaming = await timed(zipModel(model.saveStream(options), 'my-model'));
      const zip = streaming.result;
      const digest = async (blob: Blob) =>
        [...new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))].join();
      const isSame = (await digest(zip)) === (await digest(zipping.result));
      const stopped = new AbortController();
      const { signal } = stopped;
      const onProgress = () => stopped.abort();
      const stoppedStream = zipModel(model.saveStream({ onProgress, signal }), 'my-model', { signal });
      const stoppedName = await stoppedStream.catch(({ name }) => name);
      const failing = model.saveStream({ dtype: 'int8' as never });
      const refused = await zipModel(failing, 'my-model').catch(
        ({ name, argument }) => `${name} ${argument}`,
      );
      const stillThere = await model.predict(['A text.']);
      await model.dispose();
      const unzipping = await timed(unzipModel(new File([zip], 'my.zip')));
      const unpacked = unzipping.result;
      clearInterval(watch);
      const again = await SentenceTransformer.fromPretrained(unpacked);
      const after = await again.predict(['A text.']);
      await again.dispose();
      const error = await unzipModel(new File(['no zip'], 'my.zip')).catch((thrown) => thrown);
      const aborted = await unzipModel(zip, { signal: AbortSignal.abort() }).catch(({ name }) => name);
      return {
        before: [...before.topic!.probabilities.data],
        after: [...after.topic!.probabilities.data],
        events,
        sizes,
        isSame,
        stopped: stoppedName,
        refused,
        stillThere: [...stillThere.topic!.probabilities.data],
        zip: { size: zip.size, type: zip.type },
        unpacked: Object.fromEntries(Object.entries(unpacked).map(([path, { size }]) => [path, size])),
        times: [save.times, zipping.times, streaming.times, unzipping.times],
        error: {
          name: error.name,
          file: error.file,
          isOurs: error instanceof window.door.errors.ModelFormatError,
        },
        aborted,
      };
    }, weights);
    expect(seen.after).toEqual(seen.before);
    expect(seen.events).toBeGreaterThan(200);
    expect(seen.sizes['model.safetensors']).toBe(90_868_376);
    expect(seen.unpacked).toEqual(seen.sizes);
    expect(seen.isSame).toBe(true);
    expect(seen.stopped).toBe('AbortError');
    expect(seen.refused).toBe('ArgumentError dtype');
    expect(seen.stillThere).toEqual(seen.before);
    expect(seen.zip.type).toBe('application/zip');
    expect(seen.zip.size).toBeLessThan(91_500_000);
    // In the page's thread the work would block it from beginning to end.
    for (const { took, blocked } of seen.times) expect(blocked).toBeLessThan(0.6 * took);
    expect(seen.error).toEqual({ name: 'ModelFormatError', file: 'my.zip', isOurs: true });
    expect(seen.aborted).toBe('AbortError');
  });
});
