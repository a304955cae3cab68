import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyFiles } from '../support/tinyModel.ts';
import { pictures } from '../support/waiting.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, tunePartsOf, waitForModel } from './browser.ts';
import { drag, dropFiles, onDisk } from './dragging.ts';
import { builtPage, type Site, serve } from './server.ts';

/** What the reader drops on the page, or chooses on the disk. */

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;
/** A folder with things to drop: a model in `tiny/`, and others. */
let disk: string;
const at = (...names: string[]) => names.map((name) => join(disk, name));

beforeAll(async () => {
  const tiny = Object.entries(tinyFiles()).map(([path, file]) => [`tiny/${path}`, file] as const);
  disk = await onDisk({
    ...Object.fromEntries(tiny),
    'docs/readme.md': 'nothing',
    'photo.png': 'no photo',
    'broken.zip': 'no zip',
    'two.csv': 'text,kind\na dropped text,x\nanother one,y\n',
    'lines.txt': 'A dropped sentence.\nAnd one more.\n',
  });
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, site.url);
  page = opened.page;
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  await rm(disk, { recursive: true, force: true });
});

const overlay = () => page.locator('.drop-overlay');
const isShown = () => overlay().isVisible();
const notOpened = () => page.getByRole('region', { name: 'Not opened' });
const pill = () => page.getByRole('button', { name: /Open another$/ });

describe('a drag over the page', () => {
  it('shows what can be dropped, with no flicker over what lies below, until it leaves', async () => {
    const held = await drag(page, ...at('photo.png'));
    await expect.poll(isShown).toBe(true);
    await page.evaluate(() => {
      const seen: string[] = [];
      const overlay = document.querySelector('.drop-overlay')!;
      overlay.addEventListener('beforetoggle', (event) => seen.push((event as ToggleEvent).newState));
      Object.assign(window, { seen });
    });
    for (const [x, y] of [
      [100, 20],
      [200, 300],
      [700, 300],
      [900, 500],
      [300, 800],
    ] as const)
      await held.over(x, y);
    await pictures(page, 20);
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
    await page.evaluate(() => document.body.dispatchEvent(new DragEvent('dragleave', { bubbles: true })));
    await expect.poll(isShown).toBe(false);
  });

  it.each([
    [1440, 'light'],
    [360, 'dark'],
  ] as const)('at %i pixels, %s: nothing that axe finds, no sideways scrolling', async (width, theme) => {
    await page.setViewportSize({ width, height: 740 });
    const now = await page.evaluate(() => document.documentElement.dataset.theme);
    if (now !== theme) await page.getByRole('button', { name: /^Switch to the/ }).click();
    const held = await drag(page, ...at('photo.png'));
    const holding = setInterval(() => void held.over(), 500);
    try {
      await expect.poll(isShown).toBe(true);
      expect(await scrollsSideways(page)).toBe(false);
      const { violations } = await new AxeBuilder({ page }).include('.drop-overlay').analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`)).toEqual([]);
      await page.screenshot({ path: `test-results/drop-${width}-${theme}.png` });
    } finally {
      clearInterval(holding);
    }
    await page.keyboard.press('Escape');
    await expect.poll(isShown).toBe(false);
    await page.setViewportSize({ width: 1440, height: 940 });
  });

  it('leaves text that is dragged to the browser', async () => {
    const prevented = await page.evaluate(() =>
      ['dragenter', 'dragover', 'drop'].map((type) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.setData('text/plain', 'some words');
        const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
        return !document.querySelector('#sentences')!.dispatchEvent(event);
      }),
    );
    expect(prevented).toEqual([false, false, false]);
    expect(await isShown()).toBe(false);
  });
});

describe('what is dropped', () => {
  it('and is of no use is named, with what would be; the model stays', async () => {
    await waitForModel(page);
    await dropFiles(page, ...at('photo.png'));
    await notOpened()
      .getByText(/^photo\.png cannot be opened here\. What works: a model/)
      .waitFor();
    await dropFiles(page, ...at('docs'));
    await notOpened()
      .getByText(/^The folder docs has no config\.json in it/)
      .waitFor();
    await dropFiles(page, ...at('broken.zip'));
    await notOpened()
      .getByText(/^broken\.zip could not be opened: .*zip/)
      .waitFor();
    await dropFiles(page, ...at('tiny/config.json', 'tiny/modules.json', 'tiny/tokenizer.json'));
    await notOpened()
      .getByText(/1_Pooling\/config\.json, model\.safetensors are missing\. Give the model’s whole folder/)
      .waitFor();
    const { violations } = await new AxeBuilder({ page }).include('.drop-notice').analyze();
    expect(violations).toEqual([]);
    expect(await isShown()).toBe(false);
    await notOpened().getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => notOpened().count()).toBe(0);
    expect(await pill().textContent()).toMatch(/^all-MiniLM-L6-v2 · 22/);
  });

  it('as text goes to the sentences: in the place of the page’s own, then below', async () => {
    const { box } = partsOf(page);
    await dropFiles(page, ...at('lines.txt'));
    await expect.poll(() => box.inputValue()).toBe('A dropped sentence.\nAnd one more.\n');
    await dropFiles(page, ...at('lines.txt'));
    await expect.poll(() => box.inputValue().then((text) => text.split('\n').length)).toBe(5);
  });

  it('as a model’s folder takes the model’s place, its deeper folders included', async () => {
    await dropFiles(page, ...at('tiny'));
    await expect.poll(() => pill().textContent()).toMatch(/^tiny · 1\.0 M/);
  });

  it('as a table becomes the examples, and the page shows them', async () => {
    await dropFiles(page, ...at('two.csv'));
    const { examples } = tunePartsOf(page);
    await expect
      .poll(() => examples.getByLabel('Text of row 1', { exact: true }).inputValue())
      .toBe('a dropped text');
    expect(await page.evaluate(() => location.hash)).toMatch(/^#fine-tune/);
  });
});

describe('the menu of models', () => {
  const dialog = () => page.getByRole('dialog', { name: 'Open a model' });

  it('opens files with the browser’s own picker, and says what is wrong with them', async () => {
    await pill().click();
    await page.evaluate(() => {
      const showDirectoryPicker = async () => {
        throw new DOMException('Nothing was chosen.', 'AbortError');
      };
      Object.assign(window, { showDirectoryPicker });
    });
    const chooser = page.waitForEvent('filechooser');
    await dialog().getByRole('button', { name: 'Zip or files…' }).press('Enter');
    await (await chooser).setFiles({
      name: 'vocab.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('[PAD]'),
    });
    await dialog()
      .getByText(/^What was given is no whole model: config\.json, model\.safetensors are missing/)
      .waitFor();
    await dialog().getByRole('button', { name: 'Folder…' }).press('Enter');
    await pictures(page);
    expect(await dialog().isVisible()).toBe(true);
    await page.keyboard.press('Escape');
  });
});

it('nothing went wrong on the way', () => {
  expect(opened.faults).toEqual([]);
});
