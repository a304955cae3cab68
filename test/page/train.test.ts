import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../support/waiting.ts';
import { launch, type Opened, open, partsOf, scrollsSideways, tunePartsOf, waitForModel } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

/** What of, how it was, and what about: 24 texts of few tokens, since a software adapter is slow. */
const some = [
  ['delivery', 'parcel', 'courier', 'shipping', 'delivery'],
  ['quality', 'fabric', 'stitching', 'zip', 'material'],
  ['billing', 'invoice', 'refund', 'payment', 'charge'],
].flatMap(([topic, ...things]) =>
  things.flatMap((thing) => [`awful ${thing},${topic},negative`, `great ${thing},${topic},positive`]),
);
const pasted = ['text,topic,sentiment', ...some].join('\n');

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#fine-tune`);
  page = opened.page;
  await waitForModel(page);
  const { examples, paste } = tunePartsOf(page);
  await paste(pasted);
  await examples.getByText('19 train, 5 held out').waitFor();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Steps that were taken, as the header says. */
async function steps(): Promise<number> {
  const pill = partsOf(page).pills.getByText(/^fine-tuned, /);
  if ((await pill.count()) === 0) return 0;
  return Number(/\d+/.exec((await pill.textContent())!)![0]);
}

/** Each group of parameters and its rate, as it stands in its field; '–' where it is frozen. */
async function rates(): Promise<string[]> {
  return page.locator('.layer').evaluateAll((rows) =>
    rows.map((row) => {
      const rate = row.querySelector<HTMLInputElement>('input.rate-field')?.value ?? '–';
      return `${row.querySelector('.layer-name')!.textContent} ${rate}`;
    }),
  );
}

const card = (name: RegExp) => page.getByRole('region', { name });

/** A number of the Learning card; `was` is undefined where there is none. */
async function figure(name: string): Promise<{ value: number; was: number | undefined }> {
  const entry = card(/Learning/)
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) });
  const text = (await entry.getByRole('definition').first().textContent())!;
  const [value, was] = text.split(' was ');
  return { value: Number(value), was: was === undefined ? undefined : Number(was) };
}

describe('scenarios', () => {
  it('show the rate of each group', async () => {
    const { scenario } = tunePartsOf(page);
    await scenario('Layer-wise').press(' ');
    await expect
      .poll(rates)
      .toEqual([
        'head topic 1e−3',
        'head sentiment 1e−3',
        ...[5, 4, 3].map((layer) => `layer ${layer} 1e−4`),
        ...[2, 1, 0].map((layer) => `layer ${layer} 5e−5`),
        'embeddings 1e−5',
      ]);
    await scenario('One head').press(' ');
    await expect
      .poll(async () => (await rates()).slice(0, 3))
      .toEqual(['head topic 1e−3', 'head sentiment –', 'layer 5 –']);
  });

  it('that train nothing are refused by the trainer', async () => {
    const { scenario, start, status } = tunePartsOf(page);
    await scenario('Nothing').press(' ');
    await page.getByText('This trains nothing').waitFor();
    await start.click();
    await status.getByText('The scenario "frozen" trains nothing').waitFor();
    expect(await steps()).toBe(0);
  });

  it('leave wrong numbers to the trainer, too', async () => {
    const { scenario, start, status, field } = tunePartsOf(page);
    await scenario('Heads only').press(' ');
    await field('epochs').fill('0');
    await start.click();
    await status.getByText('Trainer: epochs is 0. Use a whole number from 1.').waitFor();
    await field('epochs').fill('20');
    await field('batch (texts)').fill('8');
  });
});

describe('a run', () => {
  it('pauses, takes one step, goes on, answers meanwhile and stops while it is paused', async () => {
    const { start, button, status, trial, answers, progress } = tunePartsOf(page);
    await start.click();
    await expect.poll(steps).toBeGreaterThan(1);
    await trial.fill('The parcel never arrived.');
    await expect.poll(() => answers.count()).toBe(2);

    await button('Pause').click();
    // It is kept as soon as it waits, with everything told.
    const keptAt = async () =>
      Number(/Kept at step (\d+)\./.exec((await page.locator('main').textContent())!)?.[1]);
    await expect.poll(async () => (await keptAt()) === (await steps())).toBe(true);
    const paused = await steps();
    await pictures(page, 30);
    expect(await steps()).toBe(paused);
    await button('Step').click();
    await expect.poll(steps).toBe(paused + 1);
    await pictures(page, 30);
    expect(await steps()).toBe(paused + 1);
    expect(await progress.textContent()).toBe(`step ${paused + 1} of 60 · paused`);

    await page.getByText(/^This run takes \d+ MB of GPU memory/).waitFor();
    await button('Resume').click();
    await expect.poll(steps).toBeGreaterThan(paused + 3);
    await button('Pause').click();
    await button('Stop').click();
    await status.getByText(/^Stopped after \d+ steps\. What was learned is kept/).waitFor();
  });

  it('goes on from where it stopped, and learns', async () => {
    const { start, status, field } = tunePartsOf(page);
    const before = await steps();
    await field('epochs').fill('4');
    await start.click();
    await status.getByText('Finished after 12 steps.').waitFor();
    expect(await steps()).toBe(before + 12);
    expect((await figure('loss')).value).toBeLessThan(1.2);
    const accuracy = await figure('topic accuracy, held out');
    expect(accuracy.value).toBeGreaterThanOrEqual(0.4);
    expect(accuracy.was).toBeGreaterThan(0);
    const chart = (await card(/Learning/)
      .locator('.curves-picture')
      .getAttribute('aria-label'))!;
    const [, from, to] = /run 2, topic, held out, from (\S+) to (\d\.\d+)/.exec(chart)!;
    expect(Number(to)).toBeLessThan(Number(from) * 0.9);
  });

  it('shows one metric at a time, of the runs that are chosen', async () => {
    const learning = card(/Learning/);
    const chart = learning.locator('.curves-picture');
    await learning.getByRole('radio', { name: 'Gradient norm' }).press(' ');
    expect(await chart.getAttribute('aria-label')).toMatch(
      /^Gradient norm by step, over \d+ steps: run 1, from .*; run 2, from /,
    );
    await card(/^Runs/).getByRole('checkbox').first().uncheck();
    expect(await chart.getAttribute('aria-label')).toMatch(/^Gradient norm by step, over 12 steps: from /);
    await learning.getByRole('radio', { name: 'Loss' }).press(' ');
    await expect.poll(() => learning.locator('svg').count()).toBe(1);
    const table = card(/^Runs/).getByRole('table');
    expect(await table.getByRole('columnheader').allTextContents()).toEqual([
      'run',
      'steps',
      'topic accuracy',
      'sentiment accuracy',
      'held-out loss',
      'epochs',
    ]);
    expect(await table.getByRole('row').nth(2).textContent()).toMatch(/^2 .*finished, from step \d+/);
  });

  it('shows where held-out texts are, and their text to those who walk there', async () => {
    const map = card(/Map of meaning/);
    await expect.poll(() => map.locator('.dot').count()).toBe(5);
    await map.getByText('No text has moved.', { exact: false }).waitFor();
    const ring = map.getByRole('slider', { name: 'Held-out text on the map' });
    await ring.focus();
    await page.keyboard.press('End');
    const text = (await ring.getAttribute('aria-valuetext'))!;
    expect(some.map((row) => row.split(',')[0])).toContain(text);
    await map.locator('.moving-text').getByText(text).waitFor();
    await map.getByRole('combobox').selectOption('sentiment');
    expect(await map.locator('.labels .chip').allTextContents()).toEqual(['negative', 'positive']);
  });

  it('counts what the held-out texts are taken for', async () => {
    const confusion = card(/Confusion/).getByRole('table');
    expect(await confusion.count()).toBe(2);
    for (const table of await confusion.all()) {
      const cells = await table.getByRole('cell').allTextContents();
      expect(cells.reduce((sum, text) => sum + Number(text), 0)).toBe(5);
    }
    const right = Number(/(\d) of 5 right/.exec((await confusion.first().textContent())!)![1]);
    expect((await figure('topic accuracy, held out')).value).toBeCloseTo(right / 5, 2);
  });

  it('leaves heads that know a text', async () => {
    const { trial, answers } = tunePartsOf(page);
    await trial.fill('awful courier');
    await expect
      .poll(async () => answers.locator('.best').allTextContents())
      .toEqual([expect.stringMatching(/^delivery0\.[5-9]/), expect.stringMatching(/^negative0\.[5-9]/)]);
  });

  it('leaves a model that the Embed view uses, and both views as they were', async () => {
    const { views, examples } = tunePartsOf(page);
    await page
      .getByRole('navigation', { name: 'Views' })
      .getByRole('link', { name: 'Embed', exact: true })
      .click();
    const { embed, status, box } = partsOf(page);
    await box.fill('a sentence');
    await embed.click();
    await status.getByText('Embedded 1 sentence').waitFor();
    await page.getByText(/1 × 384 · .* · fine-tuned, \d+ steps$/).waitFor();
    await views.getByRole('link', { name: 'Fine-tune' }).focus();
    await page.keyboard.press('Enter');
    await examples.getByText('19 train, 5 held out').waitFor();
    await page.goBack();
    expect(await box.inputValue()).toBe('a sentence');
    await page.goForward();
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
    const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
    if ((await shown()) !== theme) await page.getByRole('button', { name: /theme/ }).click();
    await pictures(page, 30);
    expect(await scrollsSideways(page)).toBe(false);
    await page.screenshot({ path: `test-results/fine-tune-${width}-${theme}.png`, fullPage: true });
  });
});

describe('other examples', () => {
  it('leave a head of the earlier ones, which answers until it is removed', async () => {
    const { paste, answers, start, status, field, button } = tunePartsOf(page);
    await paste(['text,mood', ...some.map((row) => row.split(',').toSpliced(1, 1).join(','))].join('\n'));
    await field('epochs').fill('1');
    await start.click();
    await status.getByText('Finished after').waitFor();
    await expect.poll(() => answers.count()).toBe(3);
    await button('Remove the head topic').click();
    await expect.poll(() => answers.count()).toBe(2);
    await button('Remove the head sentiment').click();
    await expect.poll(() => answers.count()).toBe(1);
  });

  it('find nothing that axe minds', async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });

  it('of an old run can be cleared', async () => {
    const { button } = tunePartsOf(page);
    await button('Clear').click();
    expect(await card(/^Runs/).getByRole('checkbox').count()).toBe(1);
  });
});

describe('starting over', () => {
  it('asks first: another press of the same key keeps what was learned', async () => {
    const { button } = tunePartsOf(page);
    const before = await steps();
    await button('Start over').press('Enter');
    await page.getByText(`${before} learned steps would be lost`).waitFor();
    await page.keyboard.press('Enter');
    await button('Start over').waitFor();
    expect(await steps()).toBe(before);
  });

  it('loads the published model again', async () => {
    const { button, answers, start } = tunePartsOf(page);
    await button('Start over').click();
    await button('Load the published model').click();
    await expect.poll(() => start.isEnabled()).toBe(true);
    expect(await steps()).toBe(0);
    expect(await answers.count()).toBe(0);
    await expect.poll(() => page.workers().length).toBe(1);
  });

  it('had no error in the console', () => {
    expect(opened.faults).toEqual([]);
  });
});
