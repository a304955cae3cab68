import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, open, partsOf, tunePartsOf, waitForModel } from '../page/browser.ts';
import { builtPage, root, type Site, serve } from '../page/server.ts';

/** A page whose stored result for one kernel is another: to it the kernel is wrong on this adapter. */

const folder = 'test-results/wrong-kernel';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  rmSync(join(root, folder), { recursive: true, force: true });
  const weights = join(resolve(root, builtPage), 'weights');
  cpSync(resolve(root, builtPage), join(root, folder), {
    recursive: true,
    filter: (path) => !path.startsWith(weights),
  });
  const assets = join(root, folder, 'assets');
  const name = readdirSync(assets).find((file) => /^expected-.*\.js$/.test(file))!;
  const text = readFileSync(join(assets, name), 'utf8');
  // The first number of the first result, in base64: 4 letters are 3 of its bytes.
  const changed = text.replace(/("layerNorm":\{.*?"numbers":")..../s, '$1AABA');
  expect(changed).not.toBe(text);
  writeFileSync(join(assets, name), changed);
  site = await serve(folder);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

it('a wrong kernel is named, and training is off until the reader insists', async () => {
  const { page, faults } = await open(browser, site.url);
  await waitForModel(page);
  await partsOf(page).pills.getByText('self-test ✗').waitFor();
  const told = page.getByRole('region', { name: 'Same as Python' }).getByRole('alert');
  expect(await told.textContent()).toMatch(/^Wrong on this adapter: layerNorm[^,]*\. Training is off/);

  // Embedding goes on: what it gives is the reader's to judge.
  await partsOf(page).embed.click();
  await partsOf(page).status.getByText('Embedded 8 sentences').waitFor();

  await page.getByRole('link', { name: 'Fine-tune', exact: true }).click();
  const { start, button } = tunePartsOf(page);
  await page.getByText(/^Training is off: layerNorm/).waitFor();
  expect(await start.isDisabled()).toBe(true);
  await button('Train all the same').click();
  await expect.poll(() => start.isEnabled()).toBe(true);
  expect(faults).toEqual([]);
});
