import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  launch,
  type Opened,
  type OpenOptions,
  open,
  partsOf,
  scrollsSideways,
  tunePartsOf,
  waitForModel,
} from '../page/browser.ts';
import { builtPage, elsewhere, type Site, serve } from '../page/server.ts';

let site: Site;
let browser: Browser;
let opened: Opened | undefined;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
});

afterEach(async () => {
  await opened?.close();
  opened = undefined;
  site.weights.gate = undefined;
  site.weights.status = undefined;
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function start(options?: OpenOptions) {
  opened = await open(browser, site.url, options);
  return { ...opened, ...partsOf(opened.page) };
}

describe('loading', () => {
  it('is cancelled and tried again', async () => {
    site.weights.gate = new Promise(() => {});
    const before = site.weights.givenUp;
    const { page, cancel, retry, embed, alert, status, loadingBar } = await start();
    await page.getByText(/^[1-9]\d*\.\d MB of 9\d\.\d MB$/).waitFor();
    expect(Number(await loadingBar.getAttribute('value'))).toBeGreaterThan(0);
    await page.screenshot({ path: 'test-results/loading-1440.png', fullPage: true });
    await cancel.click();
    await alert.getByText('cancelled').waitFor();
    await expect.poll(() => site.weights.givenUp).toBe(before + 1);
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await embed.isDisabled()).toBe(true);
    expect(await status.textContent()).toContain('press Retry');

    site.weights.gate = undefined;
    await retry.click();
    await waitForModel(page);
    await embed.click();
    await status.getByText('Embedded 8 sentences').waitFor();
  });

  it('keeps an early Embed until the model is there', async () => {
    let goOn = () => {};
    site.weights.gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { embed, status } = await start();
    await embed.click();
    expect(await status.textContent()).toContain('still loading');
    goOn();
    await status.getByText('Embedded 8 sentences').waitFor();
  });

  it('says what the server answered, and works after Retry', async () => {
    site.weights.status = 503;
    const { page, alert, retry } = await start();
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/model\.safetensors.*503/);
    site.weights.status = undefined;
    await retry.click();
    await waitForModel(page);
  });
});

describe('a GPU that goes away', () => {
  it('is said, and the model can be loaded again', async () => {
    const { page, embed, alert, retry, status } = await start();
    await waitForModel(page);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    process.kill(processInfo.find(({ type }) => type === 'GPU')!.id);
    // Nobody has to ask for something first.
    await alert.getByText(/GPU was taken away/).waitFor();
    await expect.poll(() => page.workers().length).toBe(0);
    await retry.click();
    await waitForModel(page);
    await embed.click();
    await status.getByText('Embedded 8 sentences').waitFor();
  });
});

describe('a GPU that goes away in a run', () => {
  it('ends it, says what is lost, and all can be begun again', async () => {
    opened = await open(browser, `${site.url}#fine-tune`);
    const { page } = opened;
    const { start, status, paste, scenario, examples, field } = tunePartsOf(page);
    await waitForModel(page);
    await paste('text,mood\ngood one,good\nbad one,bad\ngood two,good\nbad two,bad');
    await examples.getByText(/^3 train/).waitFor();
    await scenario('Heads only').press(' ');
    await field('epochs').fill('1000');
    await start.click();
    await partsOf(page)
      .pills.getByText(/^fine-tuned, [1-9]/)
      .waitFor();
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    process.kill(processInfo.find(({ type }) => type === 'GPU')!.id);
    await status
      .getByText(/^The run ended: .*GPU was taken away.*What \d+ steps? had changed is lost/)
      .waitFor();
    await partsOf(page).retry.click();
    await expect.poll(() => start.isEnabled()).toBe(true);
    await field('epochs').fill('1');
    await start.click();
    await status.getByText('Finished after 1 step.').waitFor();
  });
});

describe('without WebGPU the page says so, and what to do', () => {
  it('where the browser has none', async () => {
    const { page, faults } = await start({
      viewport: { width: 390, height: 844 },
      before: (page) =>
        page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })),
    });
    await page.getByRole('heading', { name: 'WebGPU is not available' }).waitFor();
    const text = await page.getByRole('main').textContent();
    expect(text).toContain('does not offer WebGPU');
    expect(text).toContain('chrome://flags/#enable-unsafe-webgpu');
    expect(text).toContain('Safari 26');
    expect(text).toContain('Firefox 141');
    expect(page.workers()).toHaveLength(0);
    expect(await partsOf(page).embed.count()).toBe(0);
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: 'test-results/unavailable-390.png', fullPage: true });
    expect(faults).toEqual([]);
  });

  it('where there is no adapter', async () => {
    const plain = await launch({ webGpu: false });
    try {
      const { page } = await open(plain, site.url);
      await page.getByText('offers no graphics adapter').waitFor();
      expect(await page.getByRole('main').textContent()).toContain('Update the graphics driver');
    } finally {
      await plain.close();
    }
  });

  it('where the page is not secure', async () => {
    const url = new URL(site.url);
    url.hostname = elsewhere;
    opened = await open(browser, url.href);
    await opened.page.getByText('secure pages only').waitFor();
    expect(await opened.page.getByRole('main').textContent()).toContain('http://localhost');
  });
});
