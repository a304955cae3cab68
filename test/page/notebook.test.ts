import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statistics } from '../../src/app/embed/statistics.ts';
import { shownCode } from '../../src/app/notebook/shown.ts';
import { readFixture } from '../support/fixtures.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, waitForModel } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

const python = readFixture('embeddings/pooling').tensor('notebook.mean-with-padding');

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#notebook`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

function cell(number: number) {
  const place = page.locator('.notebook-cell').nth(number - 1);
  const button = (name: string) => place.getByRole('button', { name: new RegExp(`^${name}`) });
  return {
    place,
    run: button('Run'),
    stop: button('Stop'),
    copy: button('Copy'),
    /** What it printed, line by line. */
    printed: async () => (await place.locator('.ours pre').textContent())!.split('\n'),
    theirs: async () => (await place.locator('.theirs pre').textContent())!.split('\n'),
  };
}

/** Runs a cell, and those that it needs, to the end. */
async function run(number: number): Promise<void> {
  await cell(number).run.click();
  await status(`Cell ${number} is done`);
}

function status(text: string): Promise<void> {
  return page.getByRole('status').getByText(text).waitFor();
}

const numbersIn = (line: string) => [...line.matchAll(/-?\d+\.\d+/g)].map(([text]) => Number(text));

describe('the notebook', () => {
  it('shows the code that is run, and copies it', async () => {
    const files = ['load', 'encode', 'examples', 'multiTask', 'freezing', 'rates', 'layerWise', 'predict'];
    const shown = await page.locator('.notebook-cell pre.code').allTextContents();
    const code = files.map((name) =>
      shownCode(readFileSync(new URL(`../../src/app/notebook/cells/${name}.ts`, import.meta.url), 'utf8')),
    );
    expect(shown).toEqual(code);
    await cell(4).copy.click();
    await cell(4).place.getByRole('status').getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code[3]);
  });

  it('stops, and leaves no worker behind', async () => {
    await page.getByRole('button', { name: 'Run all' }).click();
    await status('Running cell 1 (step 1 of 9)');
    expect(await cell(2).run.isDisabled()).toBe(true);
    await cell(1).stop.click();
    await status('Stopped in cell 1.');
    await cell(1).place.getByText('Stopped.').waitFor();
    await expect.poll(() => page.workers().length).toBe(1);
  });

  it('task 1: gives Python’s numbers beside the notebook’s, and says what it runs first', async () => {
    await cell(2).place.getByText('runs cell 1 first').waitFor();
    await run(2);
    expect((await cell(1).printed())[0]).toBe('22,713,216 parameters');
    const [shape, ...lines] = await cell(2).printed();
    expect(shape).toBe('shape 3 × 384');
    expect(lines).toHaveLength(3);
    for (const [i, line] of lines.entries()) {
      const { mean, deviation } = statistics(python.data.subarray(i * 384, (i + 1) * 384));
      const [ourMean, ourDeviation] = numbersIn(line);
      expect(Math.abs(ourMean! - mean)).toBeLessThan(2e-6);
      expect(Math.abs(ourDeviation! - deviation)).toBeLessThan(2e-6);
    }
    expect((await cell(2).theirs()).slice(0, 2)).toEqual(['shape 3 × 768', 'mean -0.016957, std 0.590369']);
  });

  it('task 2: trains both heads, on the copy that is there, after the cell with the examples', async () => {
    await cell(4).place.getByText('runs cell 3 first').waitFor();
    const asked = site.asked.length;
    await run(4);
    expect(site.asked.slice(asked)).toEqual([]);
    expect(await cell(3).printed()).toContain('topic: sport, tech, food');
    const epochs = (await cell(4).printed()).map(numbersIn);
    expect(epochs).toHaveLength(6);
    const losses = [0, 2, 4].map((i) => epochs[i]![0]!);
    expect(losses[0]).toBeGreaterThan(losses[1]!);
    expect(losses[1]).toBeGreaterThan(losses[2]!);
    for (const i of [0, 1, 2]) {
      const [topic, sentiment] = epochs[2 * i + 1]!;
      expect(Math.abs(topic! + sentiment! - losses[i]!)).toBeLessThan(2e-3);
    }
    await cell(2).place.getByText('runs cell 1 first').waitFor();
  });

  it('task 3: plans what each scenario trains', async () => {
    await run(5);
    const layers = (first: number) => Array.from({ length: 6 - first }, (_, i) => `layer.${first + i}`);
    const all = ['embeddings', ...layers(0), 'heads.topic', 'heads.sentiment'].join(', ');
    expect((await cell(5).printed()).slice(0, -1)).toEqual([
      ...['heads-only: 1,925 parameters', '  heads.topic, heads.sentiment'],
      ...['one-head: 1,155 parameters', '  heads.topic'],
      ...['top-layers: 3,550,853 parameters', `  ${layers(4).join(', ')}, heads.topic, heads.sentiment`],
      ...['full: 22,567,301 parameters', `  ${all}`],
      ...['layer-wise: 22,567,301 parameters', `  ${all}`],
    ]);
    expect((await cell(5).printed()).at(-1)).toMatch(/^frozen: .*trains nothing/);
  });

  it('stops in the middle of training, and other cells go on working', async () => {
    await cell(7).run.click();
    await cell(7).place.locator('.ours').getByText('epoch 1: loss').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await status('Stopped in cell 7.');
    expect((await cell(7).printed()).length).toBeLessThan(3);
    await run(6);
    expect(await cell(6).printed()).toContain('layer.3: 1e-4');
  });

  it('task 4: begins anew, learns faster with rates by layer, and answers', async () => {
    await cell(8).place.getByText('runs cells 1 and 7 first').waitFor();
    await run(8);
    expect(await cell(7).theirs()).toEqual([
      'epoch 1: loss 1.186',
      'epoch 2: loss 0.599',
      'epoch 3: loss 0.269',
    ]);
    const losses = (await cell(7).printed()).flatMap(numbersIn);
    expect(losses).toHaveLength(3);
    expect(losses[2]).toBeLessThan(losses[0]! - 0.3);
    // The same heads on the same weights.
    expect(losses[0]).toBe(numbersIn((await cell(4).printed())[0]!)[0]);
    const answers = await cell(8).printed();
    expect(answers).toHaveLength(9);
    expect(answers[1]).toMatch(/^ {2}(sport|tech|food) 0\.\d\d$/);
  });

  it.each([
    [1440, 'light'],
    [360, 'dark'],
  ] as const)('at %i pixels, %s: nothing that axe finds, no sideways scrolling', async (width, theme) => {
    await page.setViewportSize({ width, height: 940 });
    const now = await page.evaluate(() => document.documentElement.dataset.theme);
    if (now !== theme) await page.getByRole('button', { name: /theme/ }).click();
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`)).toEqual([]);
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: `test-results/notebook-${width}-${theme}.png`, fullPage: true });
  });

  it('keeps its output when the reader leaves, not its copy; the other views’ model is as it was', async () => {
    await page.setViewportSize({ width: 1440, height: 940 });
    expect(page.workers()).toHaveLength(2);
    const printed = await cell(8).printed();
    await page.locator('nav a[href^="#embed"]').click();
    await expect.poll(() => page.workers().length).toBe(1);
    await page.locator('nav a[href^="#notebook"]').click();
    expect(await cell(8).printed()).toEqual(printed);
    await cell(8).place.getByText('runs cells 1 and 7 first').waitFor();
    expect(await partsOf(page).pills.getByText('fine-tuned').count()).toBe(0);
    expect(opened.faults).toEqual([]);
  });

  it('says in the cell what went wrong, and works again', async () => {
    await page.evaluate(async () => {
      for (const name of await caches.keys()) await caches.delete(name);
    });
    site.weights.status = 503;
    await cell(2).run.click();
    await status('Cell 1 failed:');
    await cell(1).place.getByText('503').waitFor();
    expect(await cell(1).place.locator('.error').count()).toBe(1);
    site.weights.status = undefined;
    await run(2);
    expect((await cell(2).printed())[0]).toBe('shape 3 × 384');
  });
});
