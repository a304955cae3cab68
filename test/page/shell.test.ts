import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, type Opened, open, partsOf, waitForModel } from './browser.ts';
import { builtPage, root, type Site, serve } from './server.ts';

/** The header, the menu of models, and what the address carries. */

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#embed?pooling=cls&normalize=false&max=nonsense&epochs=7`, {
    before: (page) => page.addInitScript(countQuestions),
  });
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Counts how often the browser is asked not to clear its storage. */
function countQuestions(): void {
  Object.assign(window, { asked: 0 });
  const { persist } = StorageManager.prototype;
  StorageManager.prototype.persist = function () {
    (window as unknown as { asked: number }).asked += 1;
    return persist.call(this);
  };
}

describe('the header', () => {
  it('names the model, the adapter, the memory and what the self-test found', async () => {
    const { pills } = partsOf(page);
    await pills.getByText(/^self-test ✓ \de−\d$/).waitFor();
    const text = (await pills.textContent())!;
    expect(text).toMatch(/all-MiniLM-L6-v2 · 22\.7 M/);
    expect(text).toMatch(/software/);
    expect(text).toMatch(/GPU \d+ MB/);
    expect(text).toMatch(/0 requests since load/);
  });
});

/** The view and its settings, whatever order they are written in. */
async function address(): Promise<string> {
  const [view, query = ''] = (await page.evaluate(() => location.hash)).split('?');
  return [view, ...query.split('&').sort()].join(' ').trim();
}

describe('the address', () => {
  it('sets what it says, and leaves out what makes no sense', async () => {
    expect(await page.getByRole('combobox', { name: 'pooling' }).inputValue()).toBe('cls');
    expect(await page.getByRole('checkbox', { name: 'normalize' }).isChecked()).toBe(false);
    await expect.poll(() => address()).toBe('#embed epochs=7 normalize=false pooling=cls');
  });

  it('follows the settings, and never holds a text', async () => {
    await page.getByRole('combobox', { name: 'pooling' }).selectOption('mean');
    await page.getByRole('textbox', { name: 'Sentences' }).fill('a secret sentence');
    await expect.poll(() => address()).toBe('#embed epochs=7 normalize=false pooling=mean');
    await page.getByRole('link', { name: 'Fine-tune' }).click();
    expect(await address()).toBe('#fine-tune epochs=7 normalize=false pooling=mean');
    expect(await page.getByLabel('epochs', { exact: true }).inputValue()).toBe('7');
    expect(page.url()).not.toContain('secret');
    await page.goBack();
    await page.getByRole('link', { name: 'Embed', exact: true, includeHidden: false }).waitFor();
    expect(await address()).toBe('#embed epochs=7 normalize=false pooling=mean');
  });
});

describe('a link to another view', () => {
  it('carries its settings', async () => {
    expect(await address()).toMatch(/^#embed/);
    await page.evaluate(() => {
      location.hash = '#fine-tune?epochs=9&seed=nonsense';
    });
    const epochs = page.getByLabel('epochs', { exact: true });
    await expect.poll(() => epochs.inputValue()).toBe('9');
    await expect.poll(address).toBe('#fine-tune epochs=9 normalize=false pooling=mean');
    // A field without a number says nothing.
    await epochs.fill('');
    await expect.poll(address).toBe('#fine-tune normalize=false pooling=mean');
    await page.getByRole('link', { name: 'Embed', exact: true }).click();
    await expect.poll(address).toBe('#embed normalize=false pooling=mean');
  });
});

describe('the menu of models', () => {
  const menu = () => page.getByRole('button', { name: /Open another$/ });
  const dialog = () => page.getByRole('dialog', { name: 'Open a model' });
  const leave = async () => {
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog().isVisible()).toBe(false);
  };

  it('lists what this browser keeps, how much more it may, and asks it to keep it only when told to', async () => {
    const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
    expect(await asked()).toBe(0);
    await menu().click();
    await dialog().getByText('Kept in this browser').waitFor();
    await dialog()
      .getByText(/^9[12] MB$/)
      .waitFor();
    await dialog()
      .getByText(
        /^9[12] MB in all; the browser gives this page up to \d+(\.\d)? [GM]B\. When the disk gets full/,
      )
      .waitFor();
    await dialog().getByRole('button', { name: 'Ask it to keep it' }).click();
    await dialog()
      .getByText(/does not promise it|stays until you delete it/)
      .waitFor();
    expect(await asked()).toBe(1);
    await leave();
  });

  it('deletes the model that is loaded from the browser, and it works on', async () => {
    await menu().click();
    await dialog()
      .getByRole('button', { name: /^Delete all-MiniLM-L6-v2/ })
      .click();
    await expect.poll(() => dialog().getByText('Kept in this browser').count()).toBe(0);
    await leave();
    const { embed, status } = partsOf(page);
    await embed.click();
    await status.getByText('Embedded 1 sentence').waitFor();
  });

  it('says what is no name of the hub', async () => {
    await menu().click();
    await dialog().getByRole('textbox').fill('no name');
    await dialog().getByRole('button', { name: 'Open', exact: true }).click();
    expect(await dialog().getByRole('alert').textContent()).toContain('owner/name');
    await leave();
  });

  it('keeps the model where another cannot be read', async () => {
    await menu().click();
    await dialog()
      .locator('input[accept*=".zip"]')
      .setInputFiles({
        name: 'broken.zip',
        mimeType: 'application/zip',
        buffer: Buffer.from('no zip at all'),
      });
    await dialog().getByRole('alert').waitFor();
    await leave();
    expect(await partsOf(page).pills.textContent()).toContain('all-MiniLM-L6-v2');
  });

  it('opens a folder of the disk in place of the model', async () => {
    await menu().click();
    // As in browsers without pickers of their own.
    await page.evaluate(() => Object.assign(window, { showDirectoryPicker: undefined }));
    const chooser = page.waitForEvent('filechooser');
    await dialog().getByRole('button', { name: 'Folder…' }).click();
    await (await chooser).setFiles(join(root, 'public/weights/all-MiniLM-L6-v2'));
    await page.getByText(/^Loading all-MiniLM-L6-v2/).waitFor();
    await expect.poll(() => page.workers().length).toBe(1);
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(0);
    const { embed, status } = partsOf(page);
    await embed.click();
    await status.getByText('Embedded 1 sentence').waitFor();
  });
});

it('nothing went wrong on the way', () => {
  expect(opened.faults).toEqual([]);
});
