import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statistics } from '../../src/app/embed/statistics.ts';
import { fixed } from '../../src/app/format.ts';
import { similarity } from '../../src/model/similarity.ts';
import { readFixture } from '../support/fixtures.ts';
import { pictures } from '../support/waiting.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, waitForModel, write } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

const python = readFixture<{ texts: string[]; tokens: number[] }>('embeddings/sentences');
const dimension = 384;
const examples = [
  ...python.facts.texts.slice(0, 3),
  'The cat sleeps on the warm windowsill.',
  'A kitten naps in the sun.',
  'Quarterly revenue beat expectations.',
  'Profits rose faster than analysts thought.',
  'He plays the violin every evening.',
];
const expected = python.tensor('embeddings').data.subarray(0, 3 * dimension);
const tolerance = 2e-6;

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
  await status.getByText(`Embedded ${count} sentence`).waitFor();
}

async function embedExamples(): Promise<void> {
  await write(page, python.facts.texts.slice(0, 3).join('\n'));
  await embed(3);
}

async function showTheme(theme: 'light' | 'dark'): Promise<void> {
  const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
  if ((await shown()) !== theme) await page.getByRole('button', { name: /theme$/ }).click();
  expect(await shown()).toBe(theme);
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
  it('stand in the box, first of eight, and the header names model, adapter and memory', async () => {
    const { box, pills } = partsOf(page);
    const lines = (await box.inputValue()).split('\n');
    expect(lines.slice(0, 3)).toEqual(python.facts.texts.slice(0, 3));
    expect(lines).toHaveLength(8);
    const facts = (await pills.getByRole('listitem').allTextContents()).join(' | ');
    expect(facts).toMatch(/all-MiniLM-L6-v2 · 22\.7 M.*swiftshader.*software.*GPU \d\d+ MB/i);
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
    const numbers = await heatmap.locator('g[data-mark="text"] text').allTextContents();
    expect(numbers).toEqual(cosines.map((value) => fixed(value, 2)));
    expect(await heatmap.getAttribute('aria-label')).toContain('Most alike: 1 and 3, 0.35');

    // The picture may be drawn anew at any time: a hover looks for its cell until the pointer is on it.
    await heatmap.locator('g[data-mark="cell"] rect').nth(5).hover({ force: true });
    const pair = page.locator('.pair').filter({ hasText: cosines[5]!.toFixed(4) });
    await pair.waitFor();
    const told = await pair.textContent();
    expect(told).toContain(python.facts.texts[1]);
    expect(told).toContain(python.facts.texts[2]);
    await page.mouse.move(0, 0);
  });

  it('are compared with the keyboard alone', async () => {
    await embedExamples();
    await partsOf(page).heatmap.locator('svg').waitFor();
    const cursor = page.getByRole('slider', { name: 'Pair of sentences' });
    await cursor.focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const [, second, third] = python.facts.texts;
    expect(await cursor.getAttribute('aria-valuetext')).toBe(`0.31: ${second} – ${third}`);
    expect(await cursor.getAttribute('aria-valuenow')).toBe('6');
    expect(await page.locator('.pair').textContent()).toContain(`2${second}3${third}0.31`);
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

  it('shows text as text, 100 rows and 64 sentences of more', async () => {
    const markup = '<img src="x" onerror="document.title = \'run\'">';
    await write(page, [markup, ...Array(219).fill('a')].join('\n'));
    await embed(220);
    const { rows, heatmap } = partsOf(page);
    expect(await rows.count()).toBe(100);
    expect(await rows.nth(0).textContent()).toContain(markup);
    expect(await page.title()).toBe('tabgrad');
    await page.getByText('The first 100 rows of 220.').waitFor();
    await page.getByText('The first 64 of 220 sentences.').waitFor();
    // So many cells are one picture; that of equal sentences is the colour of 1, but for the first row and column.
    await expect.poll(() => heatmap.locator('image').count()).toBe(1);
    expect(await heatmap.locator('rect').count()).toBe(0);
    const colors = await heatmap.locator('image').evaluate(async (element: Element) => {
      const image = new Image();
      image.src = element.getAttribute('href')!;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
      context.drawImage(image, 0, 0);
      const at = (x: number, y: number) => [...context.getImageData(x, y, 1, 1).data].join();
      return { size: [image.width, image.height], equal: at(63, 1), own: at(0, 0), other: at(0, 63) };
    });
    expect(colors).toMatchObject({ size: [64, 64], equal: '37,99,235,255', own: '37,99,235,255' });
    expect(colors.other).not.toBe(colors.equal);
    await partsOf(page).map.locator('g[data-mark="dot"] circle').nth(219).waitFor({ state: 'attached' });
  });

  it('embeds 10,000 lines while the page stays usable, and stops when asked', async () => {
    await write(page, Array.from({ length: 10_000 }, (_, i) => `Sentence number ${i}`).join('\n'));
    const { embed: press, stop, box, status } = partsOf(page);
    await press.click();
    await page.getByText(/^[1-9]\d* of 10,000$/).waitFor();
    await box.press('Control+Home');
    await page.keyboard.type('typed ');
    expect(await box.evaluate((element) => (element as HTMLTextAreaElement).value.slice(0, 14))).toBe(
      'typed Sentence',
    );
    await stop.click();
    await status.getByText(/^Stopped after [\d,]+ of 10,000 sentences\./).waitFor();
    await embedExamples();
  });
});

describe('tokens a line', () => {
  it('are counted while it is written, and what is cut can be selected', async () => {
    const { box, card } = partsOf(page);
    const long = `${'word '.repeat(300)}end`;
    await write(page, `${python.facts.texts[0]}\n\n${long}`);
    const counts = () => page.locator('.gutter.tokens li').allTextContents();
    await expect.poll(counts).toEqual([String(python.facts.tokens[0]), '', '303']);
    expect(await page.locator('.gutter.numbers li').allTextContents()).toEqual(['1', '2', '3']);
    await card('Sentences').getByText('2 sentences · 311 tokens').waitFor();
    await card('Sentences')
      .getByText(/^Line 3 has 303 tokens: the model reads 256, up to “… .*word”/)
      .waitFor();
    await card('Sentences').getByRole('button', { name: 'select what it does not read' }).click();
    const chosen = await box.evaluate((element) => {
      const { value, selectionStart, selectionEnd, scrollLeft } = element as HTMLTextAreaElement;
      return { text: value.slice(selectionStart, selectionEnd), scrollLeft };
    });
    // [CLS] and [SEP] leave 254 of the 300 words and the end.
    expect(chosen.text.trim()).toBe(`${'word '.repeat(46)}end`);
    expect(chosen.scrollLeft).toBeGreaterThan(0);

    await page.getByLabel('max length').selectOption('16');
    await card('Sentences')
      .getByText(/the model reads 16/)
      .waitFor();
    await page.getByLabel('max length').selectOption('256');
    await write(page, 'short');
    await card('Sentences').getByText('1 sentence · 3 tokens').waitFor();
    expect(
      await card('Sentences')
        .getByText(/the model reads/)
        .count(),
    ).toBe(0);
  });

  it('are there for every line of 10,000, of which those in view are drawn', async () => {
    const { card, box } = partsOf(page);
    await write(page, Array.from({ length: 10_000 }, (_, i) => `number ${i}`).join('\n'));
    await card('Sentences')
      .getByText(/^10,000 sentences · [\d,]+ tokens$/)
      .waitFor();
    await box.evaluate((element) => {
      element.scrollTop = 22 * 5000;
    });
    const numbers = page.locator('.gutter.numbers li');
    await expect.poll(() => numbers.first().textContent()).toBe('5001');
    expect(await numbers.count()).toBeLessThan(60);
  });
});

describe('results', () => {
  it('appear as batches finish', async () => {
    const { embed, rows, status } = partsOf(page);
    const sentences = Array.from({ length: 30 }, (_, i) => `${'some words '.repeat(20)}${i}`);
    await write(page, sentences.join('\n'));
    await embed.click();
    await page.getByText(/^[1-9]\d* of 30 × 384 so far$/).waitFor();
    const shown = await rows.locator('td:nth-child(3)').allTextContents();
    expect(shown).toHaveLength(30);
    expect(shown).toContain('…');
    expect(shown.some((text) => /^−?0\.\d{4}$/.test(text))).toBe(true);
    await status.getByText('Embedded 30 sentences').waitFor();
    expect(await rows.locator('td:nth-child(3)').allTextContents()).not.toContain('…');
  });
});

describe('the map of meaning', () => {
  const points = () =>
    partsOf(page)
      .map.locator('g[data-mark="dot"] circle')
      .evaluateAll((dots) =>
        dots.map((dot) => [Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy'))]),
      );

  it('is PCA, the same each time, and walked with the keys', async () => {
    await write(page, examples.join('\n'));
    await embed(8);
    await expect.poll(async () => (await points()).length).toBe(8);
    const first = await points();
    const apart = (a: number, b: number) =>
      Math.hypot(first[a]![0]! - first[b]![0]!, first[a]![1]! - first[b]![1]!);
    // Cat and kitten, revenue and profits; not cat and profits.
    expect(apart(3, 4)).toBeLessThan(apart(3, 6) / 3);
    expect(apart(5, 6)).toBeLessThan(apart(3, 6) / 3);
    await embed(8);
    await pictures(page, 40);
    expect(await points()).toEqual(first);

    const cursor = page.getByRole('slider', { name: 'Sentence on the map' });
    await cursor.focus();
    await page.keyboard.press('Home');
    const seen = [];
    for (let i = 0; i < 8; i++) {
      seen.push(await cursor.getAttribute('aria-valuetext'));
      await page.keyboard.press('ArrowRight');
    }
    const leftToRight = examples.map((_, i) => i).sort((a, b) => first[a]![0]! - first[b]![0]!);
    expect(seen).toEqual(leftToRight.map((i) => examples[i]));
    expect(await page.locator('.pointed').textContent()).toBe(seen[7]);
  });

  it('is UMAP on demand, and PCA again', async () => {
    const { button, card } = partsOf(page);
    const before = await points();
    await button('UMAP').click();
    await card('Map of meaning')
      .getByText(/^UMAP by cosine, in/)
      .waitFor();
    await expect.poll(points).not.toEqual(before);
    expect(await button('UMAP').getAttribute('aria-pressed')).toBe('true');
    await button('PCA').click();
    await card('Map of meaning')
      .getByText(/^PCA of the embeddings: \d+ % of the variance/)
      .waitFor();
    await expect.poll(points).toEqual(before);
  });
});

describe('the nearest', () => {
  it('are found while a text is written', async () => {
    const { nearest } = partsOf(page);
    const query = page.getByRole('textbox', { name: 'Find the nearest' });
    await query.fill('a cat');
    await expect
      .poll(() => nearest.first().textContent())
      .toMatch(/^(The cat sleeps|A kitten naps).*0\.\d{3}$/);
    await query.fill(examples[7]!);
    await expect.poll(() => nearest.first().textContent()).toBe(`${examples[7]}1.000`);
    expect(await nearest.count()).toBe(5);
    const values = (await nearest.locator('.value').allTextContents()).map((text) =>
      Number(text.replace('−', '-')),
    );
    expect(values).toEqual([...values].sort((a, b) => b - a));
    await query.fill('  ');
    await expect.poll(() => nearest.count()).toBe(0);
    await query.fill('stock market news');
    await expect.poll(() => nearest.first().textContent()).toContain('Profits rose');
  });
});

describe('the look', () => {
  it.each([['light'], ['dark']] as const)('%s: axe finds nothing', async (theme) => {
    await showTheme(theme);
    await pictures(page, 30);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
  });

  it.each([
    [1440, 'light'],
    [1920, 'light'],
    [768, 'light'],
    [390, 'light'],
    [360, 'light'],
    [1440, 'dark'],
    [390, 'dark'],
  ] as const)('at %i pixels, %s, does not scroll sideways', async (width, theme) => {
    await page.setViewportSize({ width, height: 900 });
    await write(page, examples.join('\n'));
    await embed(8);
    await partsOf(page).nearest.first().waitFor();
    await showTheme(theme);
    await partsOf(page).heatmap.locator('svg').waitFor();
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: `test-results/embed-${width}-${theme}.png`, fullPage: true });
  });

  it('had no error in the console', () => {
    expect(opened.faults).toEqual([]);
  });
});
