import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, type Opened, open, partsOf, tunePartsOf, waitForModel } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

/** What is taken home after a short run: the folder, and what the visit has made. */

const texts = ['red', 'blue'].flatMap((color) =>
  Array.from({ length: 5 }, (_, i) => `${color} secret ${i},${color}`),
);

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;
/** Sizes of the files in the zip, by path. */
let zipped: Record<string, number>;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  // Nobody can answer the dialog here: the browser's own folder is written to as one on the disk is.
  const before = (page: Page) =>
    page.addInitScript(() => {
      Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() });
    });
  opened = await open(browser, `${site.url}#fine-tune`, { before });
  page = opened.page;
  await waitForModel(page);
  const { paste, scenario, field, start, status } = tunePartsOf(page);
  await paste(`text,color\n${texts.join('\n')}`);
  await scenario('Heads only').press(' ');
  await field('epochs').fill('1');
  await start.click();
  await status.getByText(/^Finished after/).waitFor();
  await page.getByRole('link', { name: 'Take away', exact: true }).click();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function download(name: string): Promise<{ name: string; bytes: Buffer }> {
  const waiting = page.waitForEvent('download');
  await partsOf(page).button(name).click();
  const file = await waiting;
  return { name: file.suggestedFilename(), bytes: await readFile((await file.path())!) };
}

describe('the model', () => {
  it('comes as a zip with everything that Python loads', async () => {
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download folder/ }).click();
    const file = await waiting;
    expect(file.suggestedFilename()).toMatch(/^all-MiniLM-L6-v2-.*\.zip$/);
    const zip = await readFile((await file.path())!);
    const files = unzipSync(new Uint8Array(zip));
    const folder = file.suggestedFilename().replace(/\.zip$/, '');
    // Stored, their checksum and sizes in front: what every program opens.
    const header = zip.indexOf(`${folder}/model.safetensors`) - 30;
    expect([zip.readUInt16LE(header + 6) & 8, zip.readUInt16LE(header + 8)]).toEqual([0, 0]);
    expect(zip.readUInt32LE(header + 18)).toBe(files[`${folder}/model.safetensors`]!.length);
    zipped = Object.fromEntries(
      Object.entries(files).map(([path, { length }]) => [path.replace(`${folder}/`, ''), length]),
    );
    const paths = Object.keys(zipped);
    for (const path of [
      'model.safetensors',
      'config.json',
      'modules.json',
      'tokenizer.json',
      '1_Pooling/config.json',
      'heads/color/model.safetensors',
      'predict.py',
      'train.py',
      'data.csv',
      'README.md',
    ]) {
      expect(paths).toContain(path);
    }
    expect(files[`${folder}/model.safetensors`]!.length).toBeGreaterThan(90_000_000);
    const text = (path: string) => new TextDecoder().decode(files[`${folder}/${path}`]);
    expect(JSON.parse(text('heads/color/config.json'))).toMatchObject({
      name: 'color',
      labels: ['red', 'blue'],
    });
    const card = text('README.md');
    expect(card).toMatch(/^base_model:.*sentence-transformers\/all-MiniLM-L6-v2/m);
    expect(card).toContain('heads-only');
    expect(card).toContain('| Texts | 10 |');
    expect(card).toContain('| Held out | 2 |');
    expect(card).toContain('color accuracy, held out');
    expect(card).not.toContain('secret');
    expect(text('data.csv').match(/secret/g)).toHaveLength(10);
    expect(text('train.py')).not.toContain('secret');
  });

  it('is shown with its files and their sizes afterwards', async () => {
    const rows = page.getByRole('region', { name: 'Your model' }).getByRole('row');
    await rows
      .filter({ hasText: /^model\.safetensors/ })
      .first()
      .getByText('90.9 MB')
      .waitFor();
    await rows.filter({ hasText: 'heads/color/config.json' }).waitFor();
  });

  it('goes to a folder file by file, and is the same', async () => {
    await page.getByRole('button', { name: 'Save to a folder…' }).click();
    const status = page.getByRole('region', { name: 'Your model' }).getByRole('status');
    const said = status.getByText(/^Saved \d+ files to \/all-MiniLM-L6-v2-/);
    await said.waitFor();
    const count = Number(/\d+/.exec((await said.textContent())!)![0]);
    const written = await page.evaluate(async () => {
      const sizes: Record<string, number> = {};
      const list = async (folder: FileSystemDirectoryHandle, path: string) => {
        for await (const [name, handle] of folder.entries()) {
          if (handle instanceof FileSystemDirectoryHandle) await list(handle, `${path}${name}/`);
          else sizes[path + name] = (await (handle as FileSystemFileHandle).getFile()).size;
        }
      };
      for await (const [name, handle] of (await navigator.storage.getDirectory()).entries())
        if (name.startsWith('all-MiniLM')) await list(handle as FileSystemDirectoryHandle, '');
      return sizes;
    });
    expect(Object.keys(written)).toHaveLength(count);
    expect(written).toEqual(zipped);
  });

  it('goes beside what was saved before, and leaves nothing where it was stopped', async () => {
    const names = () =>
      page.evaluate(async () => {
        const found: Record<string, number> = {};
        for await (const [name, handle] of (await navigator.storage.getDirectory()).entries()) {
          if (!name.startsWith('all-MiniLM')) continue;
          const folder = handle as FileSystemDirectoryHandle;
          const weights = await (await folder.getFileHandle('model.safetensors')).getFile();
          found[name.replace(/.*?(-\d)?$/, '$1')] = weights.size;
        }
        return found;
      });
    const button = page.getByRole('button', { name: 'Save to a folder…' });
    const status = page.getByRole('region', { name: 'Your model' }).getByRole('status');
    await button.click();
    await status.getByText(/^Saved \d+ files to .*-2\.$/).waitFor();
    const bytes = zipped['model.safetensors'];
    expect(await names()).toEqual({ '': bytes, '-2': bytes });
    // The click is answered in the page, before the weights can be through.
    await page.evaluate(() => {
      const click = (text: string) =>
        [...document.querySelectorAll('button')]
          .find(({ textContent }) => textContent.startsWith(text))!
          .click();
      click('Save to a folder');
      const watch = setInterval(() => {
        if (!document.querySelector('progress[aria-label="Saving"][value]')) return;
        clearInterval(watch);
        click('Stop');
      }, 1);
    });
    await status.getByText('Saving was stopped.').waitFor();
    expect(await names()).toEqual({ '': bytes, '-2': bytes });
  });

  it('is shown in code with its own name', async () => {
    const python = page.getByRole('region', { name: 'In Python' });
    expect(await python.textContent()).toMatch(/SentenceTransformer\("\.\/all-MiniLM-L6-v2-/);
    const server = page.getByRole('region', { name: 'On a server, or on many GPUs' });
    expect(await server.textContent()).toContain('accelerate launch train.py --data data.csv');
    const other = page.getByRole('region', { name: 'In another page' });
    expect(await other.textContent()).toContain('const { color } = await model.predict');
  });
});

describe('the visit', () => {
  it('comes as metrics: a line a task of each step and evaluation', async () => {
    const { name, bytes } = await download('Metrics (CSV)');
    expect(name).toBe('metrics.csv');
    const [head, ...lines] = bytes.toString().trim().split('\r\n');
    expect(head).toMatch(/^run,event,step,epoch,task,loss,accuracy/);
    expect(lines.filter((line) => line.startsWith('1,step,'))).toHaveLength(1);
    // Before the run, and after its only epoch.
    expect(lines.filter((line) => line.startsWith('1,evaluation,'))).toHaveLength(2);
  });

  it('comes as settings, without a text', async () => {
    const { bytes } = await download('Settings (JSON)');
    const settings = JSON.parse(bytes.toString());
    expect(settings.model).toMatchObject({ name: 'all-MiniLM-L6-v2', trainedSteps: 1 });
    expect(settings.training).toMatchObject({ epochs: 1, examples: 10 });
    expect(settings.runs).toMatchObject([{ id: 1, outcome: 'finished', taken: 1 }]);
    expect(bytes.toString()).not.toContain('secret');
  });
});

it('nothing went wrong on the way', () => {
  expect(opened.faults).toEqual([]);
});
