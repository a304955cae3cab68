import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statistics } from '../../src/app/embed/statistics.ts';
import { readFixture } from '../support/fixtures.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, waitForModel } from './browser.ts';
import { type Site, serve } from './server.ts';

const python = readFixture('embeddings/pooling').tensor('notebook.mean-with-padding');

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve('dist');
  browser = await launch();
  opened = await open(browser, `${site.url}#notebook`);
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** The rows of a task's table, as the texts of their cells. */
async function rowsOf(task: string): Promise<string[][]> {
  const rows = await page.getByRole('region', { name: task }).locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
}

describe('the notebook', () => {
  it('stops, and leaves no worker behind', async () => {
    await page.getByRole('button', { name: 'Run tasks 1 to 4' }).click();
    await page.getByRole('status').getByText('Loading a copy').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('status').getByText('Stopped.').waitFor();
    await expect.poll(() => page.workers().length).toBe(1);
  });

  it('runs its four tasks and shows their numbers beside those printed', async () => {
    await page.getByRole('button', { name: 'Run tasks 1 to 4' }).click();
    await page.getByRole('status').getByText('All four tasks are done.').waitFor({ timeout: 200_000 });

    const encoded = await rowsOf('Task 1: encode');
    expect(encoded[0]).toEqual(['shape', '3 × 768', '3 × 384']);
    expect(encoded[1]!.slice(0, 2)).toEqual(['mean of “This is a test sentence.”', '−0.016957']);
    const shown = encoded.slice(1).map(([, , ours]) => Number(ours!.replace('−', '-')));
    const wanted = [0, 1, 2].flatMap((i) => {
      const { mean, deviation } = statistics(python.data.subarray(i * 384, (i + 1) * 384));
      return [mean, deviation];
    });
    for (const [i, value] of wanted.entries()) expect(Math.abs(shown[i]! - value)).toBeLessThan(2e-6);

    const multiTask = (await rowsOf('Task 2')).map(([, , ours]) => Number(ours));
    expect(multiTask).toHaveLength(3);
    expect(multiTask[0]).toBeGreaterThan(multiTask[2]!);

    expect(await rowsOf('Task 3')).toEqual([
      ['frozen', 'nothing', '0'],
      ['heads-only', 'heads topic and sentiment', '1,925'],
      ['one-head', 'head topic', '1,155'],
      ['top-layers', 'heads topic and sentiment, layers 4–5', '3,550,853'],
      ['full', 'heads topic and sentiment, layers 0–5, embeddings', '22,567,301'],
      ['layer-wise', 'heads topic and sentiment, layers 0–5, embeddings', '22,567,301'],
    ]);

    const layerWise = await rowsOf('Task 4');
    expect(layerWise.map(([, theirs]) => theirs)).toEqual(['1.186', '0.599', '0.269']);
    const losses = layerWise.map(([, , ours]) => Number(ours));
    expect(losses[2]).toBeLessThan(losses[0]! - 0.3);
    await expect.poll(() => page.workers().length).toBe(1);
  });

  it('leaves the model of the other views as it was, and fits a phone', async () => {
    expect(await partsOf(page).pills.getByText('fine-tuned').count()).toBe(0);
    await page.screenshot({ path: 'test-results/notebook-1440.png', fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: 'test-results/notebook-390.png', fullPage: true });
    expect(opened.faults).toEqual([]);
  });
});
