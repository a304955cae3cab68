import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, type Opened, open, partsOf, tunePartsOf, waitForModel } from '../page/browser.ts';
import { dropFiles, onDisk } from '../page/dragging.ts';
import { builtPage, type Site, serve } from '../page/server.ts';
import { tinyFiles } from '../support/tinyModel.ts';
import { pictures } from '../support/waiting.ts';

/** Models that come in by hand: a fine-tuned one comes home, and what older browsers know of a drop. */

let site: Site;
let browser: Browser;
/** A folder with a model in `tiny/`, and what is saved on the way. */
let disk: string;

beforeAll(async () => {
  const many = Array.from({ length: 230 }, (_, i) => [`tiny/${i}.md`, 'a note'] as const);
  const tiny = Object.entries(tinyFiles()).map(([path, file]) => [`tiny/${path}`, file] as const);
  disk = await onDisk({ ...Object.fromEntries(many), ...Object.fromEntries(tiny) });
  site = await serve(builtPage);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  await rm(disk, { recursive: true, force: true });
});

const pillOf = (page: Page) => page.getByRole('button', { name: /Open another$/ });
const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Open a model' });
const shows = (page: Page, name: RegExp) => expect.poll(() => pillOf(page).textContent()).toMatch(name);
const notOpened = (page: Page) => page.getByRole('region', { name: 'Not opened' });
/** What the heads say of the sentence in the box, by their names. */
const answersOf = async (page: Page) => {
  await tunePartsOf(page).answers.first().waitFor();
  return (await tunePartsOf(page).answers.getByRole('row').allTextContents()).join(' ');
};

describe('a model that was fine-tuned here', () => {
  let zip: string;
  let answers: string;

  it('is not let go of for a dropped one but by the reader’s will, and not at all while it learns', async () => {
    const { page, faults, close } = await open(browser, `${site.url}#fine-tune`);
    await waitForModel(page);
    const { paste, scenario, field, start, status, button } = tunePartsOf(page);
    const rows = ['red', 'blue'].flatMap((color) =>
      Array.from({ length: 5 }, (_, i) => `${color} ${i},${color}`),
    );
    await paste(`text,color\n${rows.join('\n')}`);
    await scenario('Heads only').press(' ');
    await field('epochs').fill('400');
    await start.click();
    await partsOf(page)
      .pills.getByText(/^fine-tuned/)
      .waitFor();
    await dropFiles(page, join(disk, 'tiny'));
    await notOpened(page)
      .getByText(/^A run is on\. Let it end, or stop it/)
      .waitFor();
    await button('Stop').click();
    await status.getByText(/^Stopped after/).waitFor();

    await dropFiles(page, join(disk, 'tiny'));
    await dialogOf(page)
      .getByText(/has learned \d+ steps?\. Opening tiny lets go of it/)
      .waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Keep it');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await expect.poll(() => dialogOf(page).isVisible()).toBe(false);
    expect(await pillOf(page).textContent()).toMatch(/^all-MiniLM-L6-v2/);

    answers = await answersOf(page);
    expect(answers).toMatch(/red0\.\d\d .*blue0\.\d\d/);
    await page.getByRole('link', { name: 'Take away', exact: true }).click();
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download folder/ }).click();
    const download = await waiting;
    zip = join(disk, download.suggestedFilename());
    await download.saveAs(zip);

    await dropFiles(page, join(disk, 'tiny'));
    await dialogOf(page).getByRole('button', { name: 'Open tiny all the same' }).click();
    await shows(page, /^tiny · 1\.0 M/);
    expect(faults).toEqual([]);
    await close();
  });

  it('comes home as the zip that it left as: its heads answer as before, with no training', async () => {
    const opened = await open(browser, `${site.url}#fine-tune`);
    await expectHeads(opened, zip);
  });

  it('comes home as the folder of that zip', async () => {
    const files = unzipSync(new Uint8Array(await readFile(zip)));
    const home = await onDisk(files);
    try {
      const opened = await open(browser, `${site.url}#fine-tune`);
      await expectHeads(opened, join(home, basename(zip, '.zip')));
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  async function expectHeads({ page, faults, close }: Opened, path: string): Promise<void> {
    await dropFiles(page, path);
    const name = basename(path, '.zip');
    await expect.poll(() => pillOf(page).textContent()).toMatch(`${name} · 22`);
    expect(await answersOf(page)).toBe(answers);
    expect(
      await partsOf(page)
        .pills.getByText(/^fine-tuned/)
        .count(),
    ).toBe(0);
    expect(faults).toEqual([]);
    await close();
  }
});

describe('a drop', () => {
  it('of a folder works in browsers without handles, and in all batches of its entries', async () => {
    const { page, faults, close } = await open(browser, site.url);
    await page.evaluate(() => {
      Object.assign(DataTransferItem.prototype, { getAsFileSystemHandle: undefined });
    });
    await dropFiles(page, join(disk, 'tiny'));
    await shows(page, /^tiny · 1\.0 M/);
    await pillOf(page).click();
    // Nothing to come back to.
    expect(
      await dialogOf(page)
        .getByRole('button', { name: /^Forget/ })
        .count(),
    ).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });

  it('of files that a page made works, and one of several files is a model', async () => {
    const { page, faults, close } = await open(browser, site.url);
    const files = Object.entries(tinyFiles())
      .filter(([path]) => !path.includes('/') && path !== 'modules.json')
      .map(([name, bytes]) => ({ name, base64: Buffer.from(bytes as Uint8Array).toString('base64') }));
    await page.evaluate((files) => {
      const dataTransfer = new DataTransfer();
      for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name));
      }
      for (const type of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      }
    }, files);
    await shows(page, /^model · 1\.0 M/);
    await page
      .getByRole('region', { name: 'Opened' })
      .getByText(/no modules\.json.*plain means/)
      .waitFor();
    expect(faults).toEqual([]);
    await close();
  });
});

describe('a folder that was dropped', () => {
  it('is in the menu on the next visit, until it is forgotten', async () => {
    const { page, faults, close } = await open(browser, site.url);
    await dropFiles(page, join(disk, 'tiny'));
    await shows(page, /^tiny · 1\.0 M/);
    await page.reload();
    await waitForModel(page);
    await pillOf(page).click();
    const dialog = dialogOf(page);
    const again = dialog.getByRole('button', { name: 'tiny', exact: true });
    await again.waitFor();
    // Chromium asks in a window of its own, which nobody is there to answer.
    await page.evaluate(() => {
      Object.assign(FileSystemHandle.prototype, { requestPermission: async () => 'denied' });
    });
    await again.click();
    await dialog.getByText('The browser may not read tiny').waitFor();
    await dialog.getByRole('button', { name: 'Forget tiny' }).click();
    await expect.poll(() => again.count()).toBe(0);
    await page.reload();
    await pillOf(page).click();
    await pictures(page, 20);
    expect(await again.count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });
});

describe('a browser without room', () => {
  it('loads the model, and says on the page that it is not kept', async () => {
    const { page, faults, close } = await open(browser, site.url, {
      before: async (page) => {
        const devtools = await page.context().newCDPSession(page);
        const origin = new URL(site.url).origin;
        await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 50_000_000 });
      },
    });
    await waitForModel(page);
    const note = page.getByRole('region', { name: 'Not kept' });
    await note.getByText(/not kept for the next visit: there is no room for its 9\d MB/).waitFor();
    await pillOf(page).click();
    await dialogOf(page)
      .getByText(/there is no room for its 9\d MB/)
      .waitFor();
    await page.keyboard.press('Escape');
    await note.getByRole('button', { name: 'Understood' }).click();
    await expect.poll(() => note.count()).toBe(0);
    expect(faults).toEqual([]);
    await close();
  });
});
