import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, newContext, partsOf, scrollsSideways, tunePartsOf, waitForModel } from '../page/browser.ts';
import { builtPage, type Site, serve } from '../page/server.ts';

/** A run that is cut off in the real page, and what the page makes of it. */

/** 8 of 10 texts train, two a step: 4 steps an epoch, 12 in all. */
const texts = ['red', 'blue'].flatMap((color) =>
  Array.from({ length: 5 }, (_, i) => `${color} thing ${i},${color}`),
);
const settings = '#fine-tune?epochs=3&batch=2&dropout=0.1&scenario=top-layers&top=1&schedule=cosine&seed=7';
const name = 'Pasted examples, top 1 layers';
let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let other: Page;
const faults: string[] = [];

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  context = await newContext(browser);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function openTab(context: BrowserContext, hash: string): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => faults.push(String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await tab.goto(site.url + hash);
  return tab;
}

/** Begins the run with real clicks. */
async function begin(tab: Page): Promise<void> {
  const { paste, examples, start } = tunePartsOf(tab);
  await waitForModel(tab);
  await paste(`text,color\n${texts.join('\n')}`);
  await examples.getByText('8 train, 2 held out').waitFor();
  await start.click();
}

async function steps(tab: Page): Promise<number> {
  const pill = partsOf(tab).pills.getByText(/^fine-tuned, /);
  return (await pill.count()) === 0 ? 0 : Number(/\d+/.exec((await pill.textContent())!)![0]);
}

async function show(tab: Page, view: string): Promise<void> {
  await tab.locator(`nav a[href^="#${view}"]`).click();
}

const list = (tab: Page) => tab.getByRole('region', { name: 'Checkpoints in this browser' });
const offer = (tab: Page) => tab.getByRole('region', { name: 'A run that was cut off' });

async function download(tab: Page, button: string): Promise<Buffer> {
  const waiting = tab.waitForEvent('download');
  await tab.getByRole('button', { name: button, exact: true }).click();
  return readFile((await (await waiting).path())!);
}

/** What a finished run has come to: each step's numbers but its speed, and every tensor that is kept of it. */
async function outcome(tab: Page): Promise<{ lines: string[]; tensors: Map<string, Buffer> }> {
  await show(tab, 'take-away');
  const metrics = (await download(tab, 'Metrics (CSV)')).toString();
  const lines = metrics.split('\r\n').map((line) => line.slice(0, line.lastIndexOf(',')));
  const file = await download(tab, `Download the checkpoint of ${name}`);
  const length = Number(file.readBigUInt64LE(0));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    file.subarray(8, 8 + length).toString(),
  );
  const tensors = Object.entries(header).filter(([key]) => !/^(__metadata__|run\/history)/.test(key));
  return {
    lines,
    tensors: new Map(
      tensors.map(([key, { data_offsets }]) => {
        const [begin, end] = data_offsets;
        return [key, file.subarray(8 + length + begin, 8 + length + end)];
      }),
    ),
  };
}

/**
 * Flips a bit in kept files of the run that was kept last.
 * @param where in the newest alone, beyond its header; or in the header of all
 */
const damage = (tab: Page, where: 'newest' | 'headers') =>
  tab.evaluate(async (where) => {
    const top = await navigator.storage.getDirectory();
    const runs = await top.getDirectoryHandle('tabgrad-checkpoints-v1');
    const ids: string[] = [];
    for await (const id of runs.keys()) ids.push(id);
    // They begin with the time.
    const run = await runs.getDirectoryHandle(ids.sort().at(-1)!);
    const numbers: number[] = [];
    for await (const name of run.keys())
      if (name.endsWith('.safetensors')) numbers.push(Number.parseInt(name, 10));
    for (const number of where === 'newest' ? [Math.max(...numbers)] : numbers) {
      const handle = await run.getFileHandle(`${number}.safetensors`);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      bytes[where === 'newest' ? bytes.length >> 1 : 100]! ^= 4;
      const stream = await handle.createWritable();
      await stream.write(bytes);
      await stream.close();
    }
  }, where);

describe('a run whose page is gone in the middle of an epoch', () => {
  let whole: Awaited<ReturnType<typeof outcome>>;

  it('is told from one that comes to its end', async () => {
    const alone = await newContext(browser);
    const tab = await openTab(alone, settings);
    await begin(tab);
    await tunePartsOf(tab).status.getByText('Finished after 12 steps.').waitFor();
    whole = await outcome(tab);
    expect(whole.lines.filter((line) => line.startsWith('1,step,'))).toHaveLength(12);
    expect([...whole.tensors.keys()]).toContain('heads.color.weight');
    // A finished run is no run to go on with, but its model can be had back.
    expect(await list(tab).getByRole('listitem').textContent()).toMatch(/finished · \d+ MB · just now/);
    await list(tab)
      .getByRole('button', { name: `Bring back: ${name}` })
      .waitFor();
    expect(await offer(tab).count()).toBe(0);
    await alone.close();
  });

  it('was kept when it paused, and when the tab was hidden', async () => {
    page = await openTab(context, settings);
    const { button } = tunePartsOf(page);
    const keptAt = async () =>
      Number(/Kept at step (\d+)\./.exec((await page.locator('main').textContent())!)?.[1]);
    await begin(page);
    await expect.poll(() => steps(page)).toBeGreaterThanOrEqual(1);
    await button('Pause').click();
    await expect.poll(keptAt).toBeGreaterThan(0);
    const paused = await keptAt();
    expect(await steps(page)).toBe(paused);
    await button('Resume').click();
    await expect.poll(() => steps(page), { interval: 20 }).toBeGreaterThan(paused);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await expect.poll(keptAt, { interval: 20 }).toBeGreaterThan(paused);
    await button('Pause').click();
  });

  it('is nobody else’s while it is on', async () => {
    other = await openTab(context, '#take-away');
    await list(other).getByText('on in another tab').waitFor();
    expect(
      await list(other)
        .getByRole('button', { name: /^(Resume|Delete)/ })
        .count(),
    ).toBe(0);
    expect(await offer(other).count()).toBe(0);
    await tunePartsOf(page).button('Resume').click();
    const before = await steps(page);
    await expect.poll(() => steps(page), { interval: 20 }).toBeGreaterThan(before);
    expect(await steps(page)).toBeLessThan(12);
    // The page is asked nothing, and nothing is waited for.
    const devtools = await context.newCDPSession(page);
    await Promise.race([devtools.send('Page.crash').catch(() => {}), page.waitForEvent('crash')]);
    await page.close();
  });

  it('is offered then, quietly, in every theme and width', async () => {
    await offer(other).waitFor();
    expect(await offer(other).textContent()).toMatch(
      /^Pasted examples, top 1 layers was cut off at step \d+ of 12, just now\./,
    );
    await other
      .getByRole('status')
      .getByText(/You can continue it\.$/)
      .waitFor();
    for (const theme of ['dark', 'light']) {
      await other.evaluate((theme) => {
        document.documentElement.dataset.theme = theme;
      }, theme);
      for (const width of [360, 1440]) {
        await other.setViewportSize({ width, height: 940 });
        expect(await scrollsSideways(other), `${theme}, ${width} pixels`).toBe(false);
      }
      const { violations } = await new AxeBuilder({ page: other }).include('main').analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
  });

  it('goes away when it is dismissed, and stays in the list', async () => {
    await offer(other).getByRole('button', { name: 'Dismiss' }).click();
    expect(await offer(other).count()).toBe(0);
    await other.reload();
    await list(other)
      .getByText(/step \d+ of 12 · /)
      .waitFor();
    expect(await offer(other).count()).toBe(0);
    await other.close();
  });

  it('goes on as if nothing had been, to the last bit, though its newest checkpoint is damaged', async () => {
    page = await openTab(context, '');
    await offer(page).waitFor();
    await damage(page, 'newest');
    await offer(page).getByRole('button', { name: 'Continue' }).focus();
    await page.keyboard.press('Enter');
    const { status, examples, field } = tunePartsOf(page);
    const said = status.getByText(
      /is damaged: the one before it is used, of step \d+\. The run goes on from/,
    );
    await said.waitFor();
    await examples.getByText('8 train, 2 held out').waitFor();
    expect(await field('batch (texts)').inputValue()).toBe('2');
    expect(await field('seed').inputValue()).toBe('7');
    expect(await page.getByRole('radio', { name: 'Top layers' }).isChecked()).toBe(true);
    expect(await offer(page).count()).toBe(0);
    await status.getByText('Finished after 12 steps.').waitFor();
    const { lines, tensors } = await outcome(page);
    expect(lines).toEqual(whole.lines);
    expect([...tensors.keys()]).toEqual([...whole.tensors.keys()]);
    for (const [key, bytes] of tensors) expect(bytes.equals(whole.tensors.get(key)!), key).toBe(true);
  });
});

describe('the list', () => {
  const button = (name: string) => list(page).getByRole('button', { name, exact: true });

  it('asks before another run takes the place of what was learned since', async () => {
    await show(page, 'fine-tune');
    const { start, status, scenario, button: press } = tunePartsOf(page);
    await scenario('Heads only').press(' ');
    await start.click();
    await expect.poll(() => steps(page)).toBeGreaterThan(12);
    await press('Stop').click();
    await status.getByText(/^Stopped after/).waitFor();
    // Stopped, not cut off.
    expect(await offer(page).count()).toBe(0);
    const learned = await steps(page);
    await show(page, 'take-away');
    await button('Resume: Pasted examples, heads-only').waitFor();
    await button(`Bring back: ${name}`).press('Enter');
    await list(page).getByText(`learned in ${learned} steps would be lost`).waitFor();
    await page.keyboard.press('Enter');
    await button(`Bring back: ${name}`).waitFor();
    expect(await steps(page)).toBe(learned);
  });

  it('is what the menu of models leads to', async () => {
    await show(page, 'embed');
    await page.getByRole('button', { name: /^Model: / }).click();
    await page.getByRole('link', { name: 'Bring it back', exact: true }).click();
    await button(`Bring back: ${name}`).waitFor();
    await page.getByRole('dialog', { name: 'Open a model' }).waitFor({ state: 'hidden' });
  });

  it('says what is wrong with a damaged run, which can be deleted, after a question', async () => {
    await damage(page, 'headers');
    await show(page, 'embed');
    await show(page, 'take-away');
    const damaged = list(page).getByRole('listitem').first();
    await damaged.getByText(/^The checkpoint is damaged or no checkpoint\./).waitFor();
    expect(await damaged.getByRole('button').allTextContents()).toEqual(['Delete']);
    await damaged.getByRole('button').press('Enter');
    await page.keyboard.press('Enter');
    expect(await list(page).getByRole('listitem').count()).toBe(2);
    await damaged.getByRole('button').click();
    await button('Delete the checkpoint of Pasted examples, heads-only for good').click();
    await list(page).getByText('Pasted examples, heads-only was deleted.').waitFor();
    await button(`Delete the checkpoint of ${name}`).click();
    await button(`Delete the checkpoint of ${name} for good`).click();
    await list(page).getByText('None yet').waitFor();
  });
});

it('nothing went wrong on the way', () => {
  expect(faults).toEqual([]);
});
