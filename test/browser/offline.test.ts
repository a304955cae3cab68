import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, open, partsOf, tunePartsOf, waitForModel, write } from '../page/browser.ts';
import { builtPage, root, type Site, serve } from '../page/server.ts';
import { pictures } from '../support/waiting.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

/** Opens the page as a browser does that lets it have its service worker. */
const openWithWorker = (url: string) => open(browser, url, { serviceWorkers: 'allow' });

/** The service worker has kept the page, and answers for it. */
async function waitForWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { serviceWorker } = navigator;
    await serviceWorker.ready;
    if (serviceWorker.controller) return;
    await new Promise((resolve) =>
      serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    );
  });
}

/** Paths of what the browser keeps, by cache. */
function kept(page: Page): Promise<Record<string, string[]>> {
  return page.evaluate(async () => {
    const names = await caches.keys();
    const lists = names.map(async (name) => {
      const keys = await (await caches.open(name)).keys();
      return [name, keys.map(({ url }) => new URL(url).pathname)] as const;
    });
    return Object.fromEntries(await Promise.all(lists));
  });
}

/** Waits for the check of the kernels that follows loading, which fetches numbers to compare with. */
const waitForCheck = (page: Page) => page.getByRole('banner').getByText('self-test ✓').waitFor();

/** Embeds a sentence: the numbers that the table shows for it. */
async function embed(page: Page, sentence: string): Promise<string[]> {
  const { embed, status, rows } = partsOf(page);
  await write(page, sentence);
  await embed.click();
  await status.getByText('Embedded 1 sentence').waitFor();
  return rows.getByRole('cell').allTextContents();
}

/** Trains heads on ten texts, for one epoch. */
async function train(page: Page): Promise<void> {
  const { scenario, field, start, status } = tunePartsOf(page);
  await scenario('Heads only').press(' ');
  await field('epochs').fill('1');
  await field('batch (texts)').fill('4');
  await start.click();
  await status.getByText(/^Finished after \d+ steps?\./).waitFor();
}

describe('after the first visit', () => {
  const model = '/weights/all-MiniLM-L6-v2/model.safetensors';
  let site: Site;
  let context: BrowserContext;
  let page: Page;
  let numbers: string[];

  beforeAll(async () => {
    site = await serve(builtPage);
    ({ page } = await openWithWorker(site.url));
    context = page.context();
    await waitForModel(page);
    await waitForWorker(page);
  });

  afterAll(async () => {
    await context?.close();
    await site?.close();
  });

  it('the page is kept by its service worker, and the model by its loader alone', async () => {
    await expect.poll(async () => (await kept(page))['tabgrad-models-v1']).toContain(model);
    const { 'tabgrad-models-v1': ofModels, ...others } = await kept(page);
    const ofPage = Object.values(others).flat();
    expect(ofPage).toEqual(
      expect.arrayContaining([
        '/index.html',
        '/data/shop-feedback.csv',
        '/manifest.webmanifest',
        '/icon.svg',
      ]),
    );
    expect(ofPage.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(3);
    expect(ofPage.filter((path) => path.includes('weights'))).toEqual([]);
    expect(ofModels!.every((path) => path.startsWith('/weights/'))).toBe(true);
    expect(site.asked.filter((path) => path === model)).toHaveLength(1);
  });

  it('embedding and training make no request, whoever counts', async () => {
    await waitForCheck(page);
    await partsOf(page).box.waitFor();
    const { views, examples, openFile } = tunePartsOf(page);
    await views.getByRole('link', { name: 'Fine-tune' }).click();
    await openFile(
      'colors.csv',
      ['text,color', ...Array.from({ length: 10 }, (_, i) => `thing ${i},${i % 2 ? 'red' : 'blue'}`)].join(
        '\n',
      ),
    );
    await examples.getByText(/8 train, 2 held out/).waitFor();
    await page.waitForLoadState('networkidle');
    const ofBrowser: string[] = [];
    context.on('request', (request) => ofBrowser.push(request.url()));
    const before = site.asked.length;
    // When it looks for a newer service worker is the browser's own business.
    const askedSince = () => site.asked.slice(before).filter((path) => path !== '/sw.js');
    const ofWorker = () => page.workers()[0]!.evaluate(() => performance.getEntriesByType('resource').length);
    const beforeOfWorker = await ofWorker();

    await train(page);
    await views.getByRole('link', { name: 'Embed', exact: true }).click();
    numbers = await embed(page, 'A kitten naps in the sun.');
    await partsOf(page).heatmap.locator('svg').waitFor();
    expect(ofBrowser).toEqual([]);
    expect(askedSince()).toEqual([]);
    expect(await ofWorker()).toBe(beforeOfWorker);

    // Those who count do hear of a request that the worker makes.
    await page.workers()[0]!.evaluate(async (url) => void (await fetch(url)), `${site.url}nothing-here`);
    expect(askedSince()).toEqual(['/nothing-here']);
    expect(await ofWorker()).toBe(beforeOfWorker + 1);
    expect(ofBrowser).toEqual([`${site.url}nothing-here`]);
  });

  it('the page opens, loads its model, embeds and has its examples with the server gone', async () => {
    await page.close();
    await site.close();
    const later = await context.newPage();
    const faults: string[] = [];
    later.on('pageerror', (error) => faults.push(String(error)));
    await later.goto(site.url);
    await waitForModel(later);
    const offline = await embed(later, 'A kitten naps in the sun.');
    expect(numbers.length).toBeGreaterThan(3);
    expect(offline).toEqual(numbers);
    await tunePartsOf(later).views.getByRole('link', { name: 'Fine-tune' }).click();
    await tunePartsOf(later)
      .examples.getByText(/72 train, 18 held out/)
      .waitFor();
    await waitForCheck(later);
    expect(faults).toEqual([]);
  });
});

describe('a new version', () => {
  it('is told of, and waits until the reader reloads', async () => {
    const folder = resolve(root, 'test-results/offline');
    rmSync(folder, { recursive: true, force: true });
    cpSync(resolve(root, builtPage), folder, {
      recursive: true,
      filter: (path) => !path.endsWith('weights'),
    });
    const site = await serve(folder);
    const { page, faults, close } = await openWithWorker(site.url);
    const notice = page.getByRole('region', { name: 'New version' });
    await waitForWorker(page);
    await page.reload();
    await partsOf(page).box.waitFor();
    expect(await notice.count()).toBe(0);

    appendFileSync(join(folder, 'sw.js'), '\n// another version\n');
    await page.evaluate(async () => {
      document.title = 'as it was';
      // The browser looks in its own time.
      await (await navigator.serviceWorker.ready).update();
    });
    await notice.waitFor();
    expect(await page.title()).toBe('as it was');
    await notice.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => page.title()).toBe('tabgrad');
    await partsOf(page).box.waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready);
    expect(await notice.count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
    await site.close();
  });
});

describe('without service workers', () => {
  it.each([
    ['missing', () => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')],
    [
      'refused',
      () => {
        navigator.serviceWorker.register = () => Promise.reject(new DOMException('no', 'SecurityError'));
      },
    ],
  ] as const)('(%s) the page works as ever', async (_, arrange) => {
    const site = await serve(builtPage);
    const { page, faults, close } = await open(browser, site.url, {
      serviceWorkers: 'allow',
      before: (page) => page.addInitScript(arrange),
    });
    await partsOf(page).box.waitFor();
    await page.waitForLoadState('load');
    await pictures(page, 30);
    expect(faults).toEqual([]);
    expect(await partsOf(page).alert.count()).toBe(0);
    await close();
    await site.close();
  });
});
