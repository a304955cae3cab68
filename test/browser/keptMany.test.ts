import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, type Opened, open, tunePartsOf, waitForModel } from '../page/browser.ts';
import { builtPage, type Site, serve } from '../page/server.ts';

/** How many runs the page keeps, where others are there already and the clock was set back since. */

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;
beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#fine-tune?scenario=heads-only&epochs=400`);
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Runs as they lie in the browser's storage, of tomorrow. */
const leave = (isOver: boolean, names: readonly string[]) =>
  page.evaluate(
    async ([isOver, names]) => {
      const top = await navigator.storage.getDirectory();
      const root = await top.getDirectoryHandle('tabgrad-checkpoints-v1', { create: true });
      for (const [i, name] of names.entries()) {
        const run = await root.getDirectoryHandle(name, { create: true });
        const write = async (file: string, text: string) => {
          const stream = await (await run.getFileHandle(file, { create: true })).createWritable();
          await stream.write(text);
          await stream.close();
        };
        const savedAt = Date.now() + 86_400_000 + i;
        const record = { number: 1, bytes: 5, name, step: isOver ? 9 : 3, totalSteps: 9, savedAt };
        await write('1.safetensors', 'bytes');
        if (isOver) await write('1.over', '');
        await write('1.json', JSON.stringify(record));
      }
    },
    [isOver, names] as const,
  );

const kept = () =>
  page.evaluate(async () => {
    const top = await navigator.storage.getDirectory();
    const ids: string[] = [];
    for await (const id of (await top.getDirectoryHandle('tabgrad-checkpoints-v1')).keys()) ids.push(id);
    return ids.sort();
  });

it('older ones make room when a run begins, for it may never come to its end', async () => {
  await leave(
    false,
    [1, 2, 3, 4, 5, 6].map((n) => `cut-${n}`),
  );
  await leave(true, ['done-1', 'done-2']);
  const { paste, examples, start, button } = tunePartsOf(page);
  await paste('text,mood\ngood one,good\nbad one,bad\ngood two,good\nbad two,bad');
  await examples.getByText(/^3 train/).waitFor();
  await start.click();
  await page.getByText(/^fine-tuned, [1-9]/).waitFor();
  const others = async () => (await kept()).filter((id) => /^(cut|done)-/.test(id));
  await expect.poll(others).toEqual(['cut-3', 'cut-4', 'cut-5', 'cut-6', 'done-2']);
  await button('Pause').click();
  await page.getByText(/Kept at step \d+\./).waitFor();
});

it('the run of this tab stays, though others are of later by the clock', async () => {
  const { button, status } = tunePartsOf(page);
  await button('Stop').click();
  await status.getByText(/^Stopped after/).waitFor();
  await expect.poll(kept).toHaveLength(5);
  const own = (await kept()).filter((id) => !/^(cut|done)-/.test(id));
  expect(own).toHaveLength(1);
  expect(await kept()).toEqual(['cut-4', 'cut-5', 'cut-6', 'done-2', ...own].sort());
  expect(opened.faults).toEqual([]);
});
