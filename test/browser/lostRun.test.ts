import { zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  launch,
  newContext,
  type Opened,
  open,
  partsOf,
  tunePartsOf,
  waitForModel,
} from '../page/browser.ts';
import { builtPage, type Site, serve } from '../page/server.ts';
import { tinyFiles } from '../support/tinyModel.ts';

/** Ways in which a kept run is cut off, or comes back, besides those of a closed page. */

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;
beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#fine-tune?scenario=heads-only&epochs=400`, {
    acceptDownloads: true,
  });
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function steps(): Promise<number> {
  const pill = partsOf(page).pills.getByText(/^fine-tuned, /);
  return (await pill.count()) === 0 ? 0 : Number(/\d+/.exec((await pill.textContent())!)![0]);
}

const offer = () => page.getByRole('region', { name: 'A run that was cut off' });

it('a run whose GPU is lost goes on from where it was kept, once the model is back', async () => {
  const { paste, examples, start, status, button } = tunePartsOf(page);
  await paste('text,mood\ngood one,good\nbad one,bad\ngood two,good\nbad two,bad');
  await examples.getByText(/^3 train/).waitFor();
  await start.click();
  await expect.poll(steps).toBeGreaterThan(0);
  await button('Pause').click();
  await page.getByText(/Kept at step \d+\./).waitFor();
  await button('Resume').click();
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  process.kill(processInfo.find(({ type }) => type === 'GPU')!.id);
  await status
    .getByText(/^The run ended: .*GPU was taken away.* It is kept at step \d+ and can be continued\.$/)
    .waitFor();
  await offer()
    .getByText(/was cut off at step \d+ of 400, just now/)
    .waitFor();
  await offer().getByRole('button', { name: 'Continue' }).click();
  await status.getByText(/^The run goes on from step \d+/).waitFor();
  const from = Number(/step (\d+)/.exec((await status.textContent())!)![1]);
  await expect.poll(steps).toBeGreaterThan(from);
  // The same run, with all its steps.
  const row = page.getByRole('region', { name: 'Runs' }).locator('tbody tr');
  expect(await row.count()).toBe(1);
  await button('Stop').click();
  await status.getByText(/^Stopped after \d+ steps\. .* can be resumed under Take away\.$/).waitFor();
  expect(Number(await row.getByRole('cell').first().textContent())).toBe(await steps());
  expect(await offer().count()).toBe(0);
});

it('a run that was stopped comes back from a file, what is no checkpoint does not', async () => {
  const { examples, paste, status, button } = tunePartsOf(page);
  const before = await steps();
  await page.getByRole('link', { name: 'Take away', exact: true }).click();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download the checkpoint of/ }).click();
  const path = (await (await waiting).path())!;
  await page.locator('nav a[href^="#fine-tune"]').click();
  await paste('text,mood\none,x\ntwo,y\nthree,x');
  await page.reload();
  await waitForModel(page);
  await page.locator('nav a[href^="#take-away"]').click();
  await page.getByLabel('Open a checkpoint file…').setInputFiles(path);
  await status.getByText(`The run goes on from step ${before}.`).waitFor();
  await examples.getByText(/^3 train/).waitFor();
  await button('Stop').click();
  await status.getByText(/^Stopped after/).waitFor();
  expect(await steps()).toBeGreaterThanOrEqual(before);
  await page.locator('nav a[href^="#take-away"]').click();
  await page.getByLabel('Open a checkpoint file…').setInputFiles({
    name: 'page.safetensors',
    mimeType: 'text/html',
    buffer: Buffer.from('<!doctype html><title>Not found</title>'),
  });
  await page
    .getByRole('region', { name: 'Checkpoints in this browser' })
    .getByText(/^The checkpoint is damaged or no checkpoint\./)
    .waitFor();
});

it('a run whose model came from the disk says so, and goes on once that is opened again', async () => {
  const zip = Buffer.from(zipSync(Object.fromEntries(Object.entries(tinyFiles()) as [string, Uint8Array][])));
  const give = (tab: Page) =>
    tab
      .locator('#models input[type="file"][multiple]')
      .setInputFiles({ name: 'tiny.zip', mimeType: 'application/zip', buffer: zip });
  const context = await newContext(browser);
  const first = await context.newPage();
  await first.goto(`${site.url}#fine-tune?scenario=full&epochs=400`);
  await waitForModel(first);
  await give(first);
  await first.getByRole('button', { name: /^Model: tiny\./ }).waitFor();
  const { paste, examples, start, button } = tunePartsOf(first);
  await paste('text,mood\ngood one,good\nbad one,bad\ngood two,good\nbad two,bad');
  await examples.getByText(/^3 train/).waitFor();
  await start.click();
  await first.getByText(/^fine-tuned, [1-9]/).waitFor();
  await button('Pause').click();
  await first.getByText(/Kept at step \d+\./).waitFor();
  await first.close();

  const second = await context.newPage();
  await second.goto(site.url);
  const cut = second.getByRole('region', { name: 'A run that was cut off' });
  await cut.getByRole('button', { name: 'Continue' }).click();
  await cut.getByText(/^This run began with tiny, a model from your disk.* Open its folder or zip/).waitFor();
  await waitForModel(second);
  await give(second);
  await second.getByRole('button', { name: /^Model: tiny\./ }).waitFor();
  await cut.getByRole('button', { name: 'Continue' }).click();
  await tunePartsOf(second)
    .status.getByText(/^The run goes on from step/)
    .waitFor();
  await tunePartsOf(second).button('Stop').click();
  await tunePartsOf(second)
    .status.getByText(/^Stopped after/)
    .waitFor();
  await context.close();
});

it('where there is no room for it a note says so, and the run goes on', async () => {
  await page.locator('nav a[href^="#fine-tune"]').click();
  const { start, status, button } = tunePartsOf(page);
  const devtools = await page.context().newCDPSession(page);
  const { usage } = await page.evaluate(() => navigator.storage.estimate());
  await devtools.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(site.url).origin,
    quotaSize: usage! + 1000,
  });
  const before = await steps();
  await start.click();
  await expect.poll(steps).toBeGreaterThan(before);
  await button('Pause').click();
  const note = page.getByText(/^The run goes on, but is not kept\. There is no room for the run's \d+ MB/);
  await note.waitFor();
  const paused = await steps();
  await button('Resume').click();
  await expect.poll(steps).toBeGreaterThan(paused);
  // Once there is room again it is kept, and says nothing else.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin });
  await button('Pause').click();
  await page.getByText(/Kept at step \d+\./).waitFor();
  expect(await note.count()).toBe(0);
  await button('Stop').click();
  await status.getByText(/^Stopped after .* can be resumed under Take away\.$/).waitFor();
  expect(opened.faults.filter((fault) => !/GPU|device|lost/i.test(fault))).toEqual([]);
});
