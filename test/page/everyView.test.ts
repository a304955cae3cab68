import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../support/waiting.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, tunePartsOf, waitForModel } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

/** The views with something in them: three sentences embedded, a short run taken. */

const views = ['embed', 'fine-tune', 'take-away', 'notebook'] as const;
const themes = ['light', 'dark'] as const;
const widths = [360, 390, 768, 1024, 1440, 1920];

const texts = ['red', 'blue'].flatMap((color) =>
  Array.from({ length: 5 }, (_, i) => `${color} thing ${i},${color}`),
);

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, site.url);
  page = opened.page;
  await waitForModel(page);
  const { embed, status } = partsOf(page);
  await embed.click();
  await status.getByText('Embedded 8 sentences').waitFor();
  await show('fine-tune');
  const tune = tunePartsOf(page);
  await tune.paste(`text,color\n${texts.join('\n')}`);
  await tune.scenario('Heads only').press(' ');
  await tune.field('epochs').fill('2');
  await tune.start.click();
  await tune.status.getByText(/^Finished after/).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function show(view: (typeof views)[number]): Promise<void> {
  await page.locator(`nav a[href^="#${view}"]`).click();
  await page.locator(`nav a[href^="#${view}"][aria-current="page"]`).waitFor();
}

async function setTheme(theme: (typeof themes)[number]): Promise<void> {
  const now = await page.evaluate(() => document.documentElement.dataset.theme);
  if (now !== theme) await page.getByRole('button', { name: /^Switch to the/ }).click();
}

describe.each(views)('%s', (view) => {
  it.each(themes)('has nothing that axe finds fault with, %s', async (theme) => {
    await show(view);
    await setTheme(theme);
    // Pictures follow the theme a moment later.
    await pictures(page, 30);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(
      violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => [id, target, failureSummary]),
      ),
    ).toEqual([]);
  });

  it('fits every width, and nothing overlaps its card', async () => {
    await show(view);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 940 });
      await pictures(page, 30);
      expect(await scrollsSideways(page), `${width} pixels`).toBe(false);
      for (const theme of themes) {
        await setTheme(theme);
        if (width === 390 || width === 1440) {
          await pictures(page, 30);
          await page.screenshot({ path: `test-results/${view}-${width}-${theme}.png`, fullPage: true });
        }
      }
    }
    await page.setViewportSize({ width: 1440, height: 940 });
  });
});

it('nothing went wrong on the way', () => {
  expect(opened.faults).toEqual([]);
});
