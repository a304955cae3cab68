import { readFile } from 'node:fs/promises';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statistics } from '../../src/app/embed/statistics.ts';
import { similarity } from '../../src/similarity.ts';
import { readFixture } from '../support/fixtures.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, waitForModel, write } from './browser.ts';
import { type Site, serve } from './server.ts';

const python = readFixture<{ texts: string[]; tokens: number[] }>('embeddings/sentences');
const dimension = 384;
const expected = python.tensor('embeddings').data.subarray(0, 3 * dimension);
const tolerance = 2e-6;

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve('dist');
  browser = await launch();
  opened = await open(browser, site.url);
  page = opened.page;
  await waitForModel(page);
  // The chart's code is fetched ahead.
  await page.waitForLoadState('networkidle');
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Presses Embed, and waits for its end. */
async function embed(count: number): Promise<void> {
  const { embed, status } = partsOf(page);
  await embed.click();
  await status.getByText(`Embedded ${count} sentence`).waitFor({ timeout: 120_000 });
}

async function embedExamples(): Promise<void> {
  await write(page, python.facts.texts.slice(0, 3).join('\n'));
  await embed(3);
}

/** The files that a press of a button saves. */
async function downloads(name: string, count = 1): Promise<Record<string, Buffer>> {
  const saved: Download[] = [];
  const all = new Promise<void>((resolve) => {
    page.on('download', (download) => {
      saved.push(download);
      if (saved.length === count) resolve();
    });
  });
  await partsOf(page).button(name).click();
  await all;
  page.removeAllListeners('download');
  const files = saved.map(
    async (file) => [file.suggestedFilename(), await readFile(await file.path())] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

function maxDifference(actual: Float32Array, wanted: Float32Array): number {
  expect(actual).toHaveLength(wanted.length);
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - wanted[i]!)), 0);
}

describe('the three sentences', () => {
  it('stand in the box, and the header names model, adapter and memory', async () => {
    const { box, pills } = partsOf(page);
    expect(await box.inputValue()).toBe(python.facts.texts.slice(0, 3).join('\n'));
    expect(await pills.getByRole('listitem').allTextContents()).toEqual([
      'all-MiniLM-L6-v2 · 22.7 M',
      expect.stringMatching(/swiftshader.*software$/i),
      expect.stringMatching(/^GPU \d\d+ MB$/),
    ]);
  });

  it('get the mean and the standard deviation that Python gives, without a request', async () => {
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const ofWorker = () => page.workers()[0]!.evaluate(() => performance.getEntriesByType('resource').length);
    const before = await ofWorker();
    await embedExamples();
    await partsOf(page).heatmap.locator('svg').waitFor();
    expect(requests).toEqual([]);
    expect(await ofWorker()).toBe(before);
    page.removeAllListeners('request');

    const rows = await partsOf(page).rows.all();
    expect(rows).toHaveLength(3);
    for (const [i, row] of rows.entries()) {
      const [text, tokens, mean, deviation] = await row.getByRole('cell').all();
      const wanted = statistics(expected.subarray(i * dimension, (i + 1) * dimension));
      expect(await text!.textContent()).toBe(python.facts.texts[i]);
      expect(await tokens!.textContent()).toBe(String(python.facts.tokens[i]));
      for (const [cell, value] of [
        [mean!, wanted.mean],
        [deviation!, wanted.deviation],
      ] as const) {
        expect(Math.abs(Number(await cell.getAttribute('title')) - value)).toBeLessThanOrEqual(tolerance);
        const shown = Number((await cell.textContent())!.replace('−', '-'));
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.00005 + tolerance);
      }
    }
    await page.getByText(/^3 × 384 · 22 tokens in [\d.]+ m?s · [\d.,]+ sentences \/ s$/).waitFor();
  });

  it('are downloaded as JSON, CSV, NPY and Projector TSV with Python’s numbers', async () => {
    await embedExamples();
    const json = JSON.parse((await downloads('Download JSON'))['embeddings.json']!.toString());
    expect(json).toMatchObject({
      model: 'all-MiniLM-L6-v2',
      pooling: 'mean',
      normalize: true,
      shape: [3, dimension],
      sentences: python.facts.texts.slice(0, 3),
      truncated: [],
    });
    const values = new Float32Array(json.embeddings.flat());
    expect(maxDifference(values, expected)).toBeLessThanOrEqual(tolerance);

    const npy = (await downloads('Download .npy'))['embeddings.npy']!;
    expect(npy.subarray(0, 128).toString('latin1')).toContain("'shape': (3, 384)");
    expect(new Float32Array(new Uint8Array(npy.subarray(128)).buffer)).toEqual(values);

    const csv = (await downloads('Download CSV'))['embeddings.csv']!.toString().trimEnd().split('\r\n');
    expect(csv).toHaveLength(4);
    expect(new Float32Array(csv[3]!.split(',').slice(3).map(Number))).toEqual(values.slice(2 * dimension));

    const tsv = await downloads('Download Projector TSV', 2);
    expect(tsv['metadata.tsv']!.toString().trimEnd().split('\n')).toEqual(python.facts.texts.slice(0, 3));
    const vectors = tsv['vectors.tsv']!.toString()
      .trimEnd()
      .split(/[\t\n]/);
    expect(new Float32Array(vectors.map(Number))).toEqual(values);
  });

  it('are copied as JSON', async () => {
    await embedExamples();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await partsOf(page).button('Copy JSON').click();
    await partsOf(page).status.getByText('Copied').waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    expect(maxDifference(new Float32Array(copied.embeddings.flat()), expected)).toBeLessThanOrEqual(
      tolerance,
    );
  });

  it('are compared in a heatmap that names the pair under the pointer', async () => {
    await embedExamples();
    const { heatmap } = partsOf(page);
    const vectors = { data: expected, shape: [3, dimension] as [number, number] };
    const cosines = [...similarity(vectors, vectors).data];
    await heatmap.locator('svg').waitFor();
    const numbers = await heatmap.locator('g[aria-label="text"] text').allTextContents();
    expect(numbers).toEqual(cosines.map((value) => value.toFixed(2)));
    expect(await heatmap.getAttribute('aria-label')).toContain('Most alike: 1 and 3, 0.35');

    const cell = heatmap.locator('g[aria-label="cell"] rect').nth(5);
    // The number on the cell is what the pointer meets.
    await cell.hover({ force: true });
    const pair = await page.locator('.pair').textContent();
    expect(pair).toContain(python.facts.texts[1]);
    expect(pair).toContain(python.facts.texts[2]);
    expect(pair).toContain(cosines[5]!.toFixed(4));
  });

  it('take the chosen pooling, normalize and max length', async () => {
    await page.getByLabel('pooling').selectOption('cls');
    await page.getByLabel('normalize').uncheck();
    await page.getByLabel('max length').selectOption('16');
    await write(page, `${'word '.repeat(40)}\nshort`);
    await partsOf(page).box.press('Control+Enter');
    await partsOf(page).status.getByText('Embedded 2 sentences').waitFor();
    const { rows } = partsOf(page);
    expect(await rows.nth(0).textContent()).toMatch(/cut16/);
    expect(await rows.nth(1).textContent()).not.toContain('cut');
    const json = JSON.parse((await downloads('Download JSON'))['embeddings.json']!.toString());
    expect(json).toMatchObject({ pooling: 'cls', normalize: false, tokens: [16, 3], truncated: [0] });
    expect(Math.hypot(...json.embeddings[0])).toBeGreaterThan(1.5);
    await page.getByLabel('pooling').selectOption('mean');
    await page.getByLabel('normalize').check();
    await page.getByLabel('max length').selectOption('256');
  });
});

describe('texts of every size', () => {
  it('asks for a sentence where there is none', async () => {
    await write(page, '  \n\n\t');
    await partsOf(page).embed.click();
    expect(await partsOf(page).status.textContent()).toContain('nothing to embed');
  });

  it('cuts a line of 100,000 letters, and marks a word too long to be read', async () => {
    await write(page, `${'a long line '.repeat(9000)}\n${'x'.repeat(100_000)}`);
    await embed(2);
    const { rows } = partsOf(page);
    expect(await rows.nth(0).textContent()).toMatch(/…cut256/);
    expect(await rows.nth(1).textContent()).toMatch(/…unknown word3/);
    expect(await scrollsSideways(page)).toBe(false);
  });

  it('shows text as text, 200 rows and 64 sentences of more', async () => {
    const markup = '<img src="x" onerror="document.title = \'run\'">';
    await write(page, [markup, ...Array(219).fill('a')].join('\n'));
    await embed(220);
    const { rows, heatmap } = partsOf(page);
    expect(await rows.count()).toBe(200);
    expect(await rows.nth(0).textContent()).toContain(markup);
    expect(await page.title()).toBe('tabgrad');
    await page.getByText('The first 200 rows of 220.').waitFor();
    await page.getByText('The first 64 of 220 sentences.').waitFor();
    expect(await heatmap.locator('g[aria-label="cell"]').first().locator('rect').count()).toBe(64 * 64);
  });

  it('embeds 10,000 lines while the page stays usable, and stops when asked', async () => {
    await write(page, Array.from({ length: 10_000 }, (_, i) => `Sentence number ${i}`).join('\n'));
    const { embed: press, stop, box, status } = partsOf(page);
    await press.click();
    await page.getByText(/^[1-9]\d* of 10,000$/).waitFor({ timeout: 60_000 });
    // The largest gap between two turns of the page's thread, in ms, while it is typed in.
    const gap = page.evaluate(async () => {
      let largest = 0;
      for (let turn = 0, last = performance.now(); turn < 40; turn++) {
        await new Promise((resume) => setTimeout(resume, 10));
        largest = Math.max(largest, performance.now() - last);
        last = performance.now();
      }
      return largest;
    });
    await box.press('Control+Home');
    await page.keyboard.type('typed ');
    expect(await gap).toBeLessThan(500);
    expect(await box.evaluate((element) => (element as HTMLTextAreaElement).value.slice(0, 14))).toBe(
      'typed Sentence',
    );
    await stop.click();
    await status.getByText(/^Stopped after [\d,]+ of 10,000 sentences\./).waitFor({ timeout: 60_000 });
    await embedExamples();
  });
});

describe('the look', () => {
  it.each([
    [1440, 'light'],
    [390, 'light'],
    [1440, 'dark'],
    [390, 'dark'],
  ] as const)('at %i pixels, %s, does not scroll sideways', async (width, theme) => {
    await page.setViewportSize({ width, height: 900 });
    await embedExamples();
    const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
    if ((await shown()) !== theme) await page.getByRole('button', { name: /theme/ }).click();
    expect(await shown()).toBe(theme);
    await partsOf(page).heatmap.locator('svg').waitFor();
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: `test-results/embed-${width}-${theme}.png`, fullPage: true });
  });

  it('had no error in the console', () => {
    expect(opened.faults).toEqual([]);
  });
});
