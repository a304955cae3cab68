import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readDataset } from '../../src/data/dataset.ts';
import { launch, type Opened, open, scrollsSideways, tunePartsOf, waitForModel } from './browser.ts';
import { builtPage, type Site, serve } from './server.ts';

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;
let card: Locator;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, `${site.url}#fine-tune`);
  page = opened.page;
  card = tunePartsOf(page).examples;
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const button = (name: string) => card.getByRole('button', { name, exact: true });
const text = (row: number) => card.getByLabel(`Text of row ${row}`, { exact: true });
const label = (task: string, row: number) => card.getByLabel(`${task} of row ${row}`, { exact: true });
const found = (words: string) => card.getByText(words).first().waitFor();
const offers = () => card.getByRole('listbox').getByRole('option');
const columns = () => card.getByRole('columnheader').allTextContents();
/** Labels of a task and how many texts have each. */
const counts = async (task: string) =>
  (
    await card
      .getByRole('table', { name: `Texts by ${task}` })
      .getByRole('row')
      .allTextContents()
  ).join(' ');
const choose = (set: string) => card.getByLabel('Examples to begin with').selectOption({ label: set });

describe('bundled examples', () => {
  it('are shop feedback at first, with its labels and the part held out', async () => {
    await found('72 train, 18 held out (stratified, seed 42)');
    expect(await columns()).toEqual(['row', 'text', 'topic', 'sentiment']);
    expect(await counts('topic')).toBe('delivery29 quality29 billing29');
    await found('1–6 of 90');
  });

  it('show which are held out, and how many by choice', async () => {
    await button('18 held out').click();
    await found('1–6 of 18');
    expect(await card.locator('.rows tbody th').allTextContents()).toEqual(
      Array.from({ length: 6 }, () => expect.stringMatching(/^\d+ held out$/)),
    );
    await button('Show all').click();
    await card.getByLabel('Texts held out').selectOption('30 %');
    await found('63 train, 27 held out');
    await card.getByLabel('Texts held out').selectOption('none');
    await found('90 train, none held out');
    await card.getByLabel('Texts held out').selectOption('20 %');
  });

  it('can be others', async () => {
    await choose('Library desk');
    await found('48 train, 12 held out');
    expect(await counts('intent')).toBe('renew12 opening hours12 find a book12 fees12 book a room12');
    await choose('Feelings');
    await expect.poll(() => counts('emotion')).toBe('joy15 sadness15 anger15 fear15');
  });
});

describe('reading', () => {
  it('refuses with a reason what cannot be read, and keeps what is there', async () => {
    const { paste } = tunePartsOf(page);
    await paste('one,column\nrow');
    expect(await card.getByRole('alert').textContent()).toMatch(
      /No row can be used.*“Feelings” is still here/,
    );
    expect(await page.getByLabel(/^Rows, the first/).inputValue()).toBe('one,column\nrow');
    await found('1–6 of 60');
  });

  it('takes JSONL, TSV and texts alone from files', async () => {
    const { openFile } = tunePartsOf(page);
    const colors = ['red', 'blue'].flatMap((color) =>
      Array.from({ length: 5 }, (_, i) => ({ text: `${color} thing ${i}`, color })),
    );
    await openFile('colors.jsonl', colors.map((row) => JSON.stringify(row)).join('\n'));
    await found('8 train, 2 held out');
    expect(await columns()).toEqual(['row', 'text', 'color']);
    await openFile(
      'shades.tsv',
      ['text\tshade', ...colors.map((row) => `${row.text}\t${row.color}`)].join('\n'),
    );
    await expect.poll(columns).toEqual(['row', 'text', 'shade']);
    await openFile('notes.txt', 'First, a note.\nThen another.');
    await found('2 rows have no text or no label yet');
    expect(await text(1).inputValue()).toBe('First, a note.');
  });

  it('leaves out bad rows of what is pasted, and names them', async () => {
    const { paste } = tunePartsOf(page);
    await paste('text\ttopic\none\ta\ntwo\tb\nthree\nfour\ta\tmore');
    await found('1–2 of 2');
    const left = card.locator('details').getByRole('listitem');
    await expect
      .poll(() => left.allTextContents())
      .toEqual([
        'Row 4: it has 1 cell where the header has 2',
        expect.stringMatching(/^Row 5: it has 3 cells where the header has 2/),
      ]);
  });

  it('adds pasted rows to the table', async () => {
    await button('Paste').click();
    await page.getByLabel(/^Rows, the first/).fill('text,topic,mood\nthree,c,good');
    await button('Add to the table').click();
    await found('1–3 of 3');
    expect(await columns()).toEqual(['row', 'text', 'topic', 'mood']);
    expect(await label('topic', 3).inputValue()).toBe('c');
  });
});

describe('editing, by keyboard', () => {
  const isFocused = (element: Locator) => element.evaluate((one) => one === document.activeElement);

  beforeEach(async () => {
    await tunePartsOf(page).paste('text,topic,mood\none,a,\ntwo,b,\nthree,c,good');
    await found('1–3 of 3');
  });

  it('changes a text and goes to the next row', async () => {
    await text(1).focus();
    await page.keyboard.press('End');
    await page.keyboard.type(' more <b>');
    await page.keyboard.press('Enter');
    expect(await text(1).inputValue()).toBe('one more <b>');
    expect(await isFocused(text(2))).toBe(true);
    await page.keyboard.type(' not this');
    await page.keyboard.press('Escape');
    expect(await text(2).inputValue()).toBe('two');
  });

  it('picks a known label, writes a new one, clears one, and takes all back', async () => {
    await label('topic', 2).focus();
    await page.keyboard.press('ArrowDown');
    expect(await offers().allTextContents()).toEqual(['a', 'b', 'c', 'no label']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await label('topic', 2).inputValue()).toBe('c');
    await label('mood', 1).fill('bad');
    await page.keyboard.press('Tab');
    expect(await counts('mood')).toBe('good1 bad1');
    await label('topic', 3).fill('');
    await page.keyboard.press('Enter');
    expect(await counts('topic')).toBe('a1 c1');

    await button('Undo').focus();
    await page.keyboard.press('Enter');
    expect(await counts('topic')).toBe('a1 c2');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await counts('topic')).toBe('a1 b1 c1');
    expect(await label('mood', 1).inputValue()).toBe('');
  });

  it('adds and removes rows', async () => {
    await button('Add a row').focus();
    await page.keyboard.press('Enter');
    expect(await isFocused(text(4))).toBe(true);
    await page.keyboard.type('four');
    await button('Remove row 1').focus();
    await page.keyboard.press('Enter');
    await found('1–3 of 3');
    expect(await text(3).inputValue()).toBe('four');
    expect(await isFocused(button('Remove row 1'))).toBe(true);
  });
});

describe('a table of the reader’s own', () => {
  it('begins with nothing: tasks are named, then given labels, and kept as a file', async () => {
    await choose('Start from nothing');
    await found('name a task below, and it becomes a column');
    const name = card.getByLabel('Name of a new task');
    await name.fill('my.task');
    await page.keyboard.press('Enter');
    expect(await card.getByRole('alert').textContent()).toMatch(/without a dot/);
    await name.fill('kind');
    await page.keyboard.press('Enter');
    await text(1).fill('a first text');
    await label('kind', 1).fill('x');
    await button('Add a row').click();
    await text(2).fill('a second');
    await label('kind', 2).fill('y');
    await page.keyboard.press('Tab');
    await found('2 train, none held out: there are too few');
    await card.getByLabel('Name of the task kind').fill('sort');
    await page.keyboard.press('Enter');
    await expect.poll(columns).toEqual(['row', 'text', 'sort']);
    await button('Remove the task sort').click();
    await expect.poll(columns).toEqual(['row', 'text']);
    await button('Undo').click();
    expect(await label('sort', 2).inputValue()).toBe('y');

    const download = page.waitForEvent('download');
    await button('Save as CSV').click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('my-examples.csv');
    expect(readDataset(await readFile(await file.path(), 'utf8')).examples).toEqual([
      { text: 'a first text', labels: { sort: 'x' } },
      { text: 'a second', labels: { sort: 'y' } },
    ]);
  });

  it('comes back from a file with the rows that wait for a label or a text', async () => {
    const { openFile } = tunePartsOf(page);
    const saved = 'text,sort,mood\r\na first text,x,\r\nnot yet,,\r\n,y,\r\n';
    await openFile('mine.csv', saved);
    await found('2 rows have no text or no label yet');
    expect(await columns()).toEqual(['row', 'text', 'sort', 'mood']);
    expect(await text(2).inputValue()).toBe('not yet');
    expect(await label('sort', 3).inputValue()).toBe('y');
    const download = page.waitForEvent('download');
    await button('Save as CSV').click();
    expect(await readFile(await (await download).path(), 'utf8')).toBe(saved);
  });
});

describe('what is worth knowing', () => {
  it('is said, with the rows that it is about', async () => {
    const { paste } = tunePartsOf(page);
    const many = Array.from({ length: 20 }, (_, i) => `text ${i},many`);
    await paste(
      ['text,kind', ...many, ...['a', 'b', 'c'].map((name) => `${name},few`), 'Text 1,few'].join('\n'),
    );
    const said = card.getByRole('list', { name: 'Worth knowing' }).getByRole('listitem');
    await expect
      .poll(() => said.allTextContents())
      .toEqual([expect.stringMatching(/^2 rows repeat a text with different labels/)]);
    await said.getByRole('button').click();
    await found('1–2 of 2');
    expect(await text(24).inputValue()).toBe('Text 1');
    await text(24).fill('d');
    await label('kind', 24).fill('many');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => said.allTextContents())
      .toEqual([expect.stringMatching(/“many” has 21 texts, “few” 3\. .*macro-F1/)]);
    await button('Show all').click();
  });
});

describe('10,000 rows', () => {
  it('are read, searched and edited', async () => {
    const { openFile } = tunePartsOf(page);
    const many = Array.from(
      { length: 10_000 },
      (_, i) => `a text number ${i} of many,${i % 3 ? 'odd' : 'third'},${i % 7 ? 'x' : 'y'}`,
    );
    await openFile('many.csv', ['text,kind,other', ...many].join('\n'));
    await found('8,000 train, 2,000 held out');
    await card.getByLabel('Find rows').pressSequentially('number 77');
    await found('1–6 of 111');
    await text(78).fill('changed');
    await page.keyboard.press('Enter');
    await label('kind', 78).fill('even');
    await page.keyboard.press('Enter');
    await expect.poll(() => counts('kind')).toMatch(/even1$/);
    await button('Undo').click();
    await button('Next rows').click();
    await found('7–12 of 111');
  });
});

describe('a run', () => {
  it('locks the examples, and says so', async () => {
    await waitForModel(page);
    const { start, scenario, paste, field } = tunePartsOf(page);
    await paste('text,kind\na,x\nb,y\nc,x\nd,y');
    await found('1–4 of 4');
    await scenario('Heads only').press(' ');
    await field('epochs').fill('500');
    await start.click();
    await found('Locked while a run is on');
    expect(await text(1).getAttribute('readonly')).not.toBeNull();
    expect(await label('kind', 1).getAttribute('readonly')).not.toBeNull();
    expect(await button('Add a row').isDisabled()).toBe(true);
    await text(1).press('x');
    expect(await text(1).inputValue()).toBe('a');
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await card.getByText('Locked while a run is on').waitFor({ state: 'detached' });
    await text(1).fill('free');
  });
});

describe('the look', () => {
  it.each([
    [1440, 'light'],
    [360, 'dark'],
  ] as const)('at %i pixels, %s: nothing that axe finds, no sideways scrolling', async (width, theme) => {
    await page.setViewportSize({ width, height: 900 });
    const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
    if ((await shown()) !== theme) await page.getByRole('button', { name: /theme/ }).click();
    await label('kind', 2).click();
    await offers().first().waitFor();
    const { violations } = await new AxeBuilder({ page }).include('.examples').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await scrollsSideways(page)).toBe(false);
    await card.screenshot({ path: `test-results/examples-${width}-${theme}.png` });
  });

  it('had no error in the console', () => {
    expect(opened.faults).toEqual([]);
  });
});
