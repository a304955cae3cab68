import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import { launch, newContext } from '../page/browser.ts';
import { buildDoor } from '../page/buildDoor.ts';
import type {} from '../page/door/door.ts';
import { root, type Site, serve } from '../page/server.ts';
import { tinyFiles } from '../support/tinyModel.ts';
import { examples, labels } from '../support/trainer.ts';

const outDir = 'test-results/checkpoint';

/** 48 updates, 12 an epoch, with all that a run can have to remember. */
const options: TrainerOptions = {
  examples,
  heads: {
    topic: { labels: labels.topic, seed: 1 },
    sentiment: { labels: labels.sentiment, seed: 2, pooling: 'mean' },
  },
  scenario: 'full',
  learningRate: 3e-3,
  optimizer: 'adamw',
  weightDecay: 0.1,
  dropout: 0.1,
  clipNorm: 1,
  schedule: { kind: 'cosine', warmupSteps: 4 },
  evaluation: { examples: examples.slice(0, 4), everySteps: 5 },
  batchSize: 2,
  epochs: 4,
};

let site: Site;
let browser: Browser;
let context: BrowserContext;
const faults: string[] = [];

beforeAll(async () => {
  await buildDoor(outDir);
  for (const [path, content] of Object.entries(tinyFiles())) {
    const file = join(root, outDir, 'tiny', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content as Uint8Array);
  }
  site = await serve(outDir);
  browser = await launch();
});

beforeEach(async () => {
  // What a page keeps belongs to the context: pages come and go in it as tabs do.
  context = await newContext(browser);
  faults.length = 0;
});

afterEach(async () => {
  await context?.close();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** What a run on a page has come to; the page has it as `window.run`. */
interface Run {
  losses: [step: number, loss: number][];
  saved: { id: string; step: number; bytes: number }[];
  notes: string[];
  /** At each step's event a save was asked for, where it was to be. */
  asked: [at: number, kept: number | undefined][];
  error?: string;
  /** After the run: SHA-256 of every parameter. */
  weights?: Record<string, string>;
  stop(): void;
  pause(): void;
  save(): Promise<{ step: number } | undefined>;
}

declare global {
  interface Window {
    run: Run;
  }
}

async function openTab(): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(site.url);
  return page;
}

/** Loads the model and begins a run: anew, or from a checkpoint. It goes on when this returns. */
function begin(
  page: Page,
  given: {
    every?: number;
    resume?: string;
    name?: string;
    asks?: boolean;
    learningRate?: number;
  } = {},
): Promise<void> {
  return page.evaluate(
    async ([options, { every, resume, name = 'A run', asks, ...others }]) => {
      const { SentenceTransformer, Trainer, openCheckpoint } = window.door;
      const model = await SentenceTransformer.fromPretrained('./tiny/');
      const notes: string[] = [];
      const onNote = (message: string) => notes.push(message);
      const trainer = resume
        ? await Trainer.resume(model, await openCheckpoint(resume, { onNote }))
        : new Trainer(model, { ...options, ...others });
      const stop = new AbortController();
      const run: Run = {
        losses: [],
        saved: [],
        notes,
        asked: [],
        stop: () => stop.abort(),
        pause: () => trainer.pause(),
        save: () => trainer.saveCheckpoint(),
      };
      window.run = run;
      for (const event of await trainer.history)
        if ('loss' in event) run.losses.push([event.step, event.loss]);
      const checkpoints = every
        ? {
            name,
            everySeconds: every,
            about: { source: 'tiny' },
            onSaved: (saved: Run['saved'][number]) => run.saved.push(saved),
            onNote,
          }
        : undefined;
      const train = async () => {
        try {
          for await (const event of trainer.train({ signal: stop.signal, checkpoints })) {
            if (event.type !== 'step') continue;
            run.losses.push([event.step, event.loss]);
            if (asks)
              void trainer.saveCheckpoint().then((saved) => run.asked.push([event.step, saved?.step]));
          }
        } catch (error) {
          run.error = (error as Error).name;
        }
        const weights: Record<string, string> = {};
        for (const { name } of await model.parameters()) {
          const sum = await crypto.subtle.digest('SHA-256', await model.read(name));
          weights[name] = new Uint8Array(sum).join();
        }
        await model.dispose();
        run.weights = weights;
      };
      void train();
    },
    [options, given] as const,
  );
}

async function ended(page: Page): Promise<Run> {
  await page.waitForFunction(() => window.run.weights !== undefined, undefined);
  return page.evaluate(() => window.run);
}

const saves = (page: Page, count: number) =>
  page.waitForFunction((count) => window.run.saved.length >= count, count);

const list = (page: Page) => page.evaluate(() => window.door.listCheckpoints());

/** Names of the files of a run in the browser's storage. */
const filesOf = (page: Page, id: string) =>
  page.evaluate(async (id) => {
    const top = await navigator.storage.getDirectory();
    const run = await (await top.getDirectoryHandle('tabgrad-checkpoints-v1')).getDirectoryHandle(id);
    const names: string[] = [];
    for await (const name of run.keys()) names.push(name);
    return names.sort();
  }, id);

/** Flips a bit in the middle of a file of a run, or cuts the file there. */
const damage = (page: Page, id: string, file: string, cut = false) =>
  page.evaluate(
    async ([id, file, cut]) => {
      const top = await navigator.storage.getDirectory();
      const run = await (await top.getDirectoryHandle('tabgrad-checkpoints-v1')).getDirectoryHandle(id);
      const handle = await run.getFileHandle(file);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      const middle = bytes.length >> 1;
      bytes[middle]! ^= 4;
      const stream = await handle.createWritable();
      await stream.write(cut ? bytes.slice(0, middle) : bytes);
      await stream.close();
    },
    [id, file, cut] as const,
  );

/** Stops, and waits until what is to be kept is kept. */
async function stop(page: Page): Promise<Run> {
  await page.evaluate(() => window.run.stop());
  return ended(page);
}

describe('a run that is kept in the browser', () => {
  it('survives a page that is closed in the middle of an epoch, with the bits of a run that was not', async () => {
    const first = await openTab();
    await begin(first);
    const whole = await ended(first);
    expect(whole.error).toBeUndefined();
    expect(whole.losses.map(([step]) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
    expect(await list(first)).toEqual([]);
    await first.close();

    const cut = await openTab();
    await begin(cut, { every: 0.2 });
    await cut.waitForFunction(() => window.run.saved.some(({ step }) => step > 15 && step % 12 > 1));
    const before = await cut.evaluate(() => window.run);
    expect(before.weights).toBeUndefined();
    await cut.close();

    const again = await openTab();
    const [kept, ...others] = await list(again);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ name: 'A run', totalSteps: 48, isOver: false, about: { source: 'tiny' } });
    expect(kept!.step).toBeGreaterThanOrEqual(before.saved.at(-1)!.step);
    expect(kept!.step).toBeLessThan(48);
    const content = await again.evaluate(async (id) => {
      const { openCheckpoint, readCheckpoint } = window.door;
      const { step, options, heads, history } = await readCheckpoint(await openCheckpoint(id));
      return { step, options, heads, told: history.length };
    }, kept!.id);
    const { heads: _, ...withoutHeads } = options;
    expect(content.options).toEqual(withoutHeads);
    expect(content.heads).toMatchObject([{ name: 'topic' }, { name: 'sentiment', pooling: 'mean' }]);
    expect(content.told).toBeGreaterThan(content.step);

    await begin(again, { resume: kept!.id, every: 60 });
    const rest = await ended(again);
    expect(rest.error).toBeUndefined();
    expect(rest.losses).toEqual(whole.losses);
    expect(rest.weights).toEqual(whole.weights);
    // It goes on under the same id, and its end is kept: with that the model can be had back.
    expect(await list(again)).toMatchObject([{ id: kept!.id, step: 48, isOver: true, isOn: false }]);
    await begin(again, { resume: kept!.id });
    expect((await ended(again)).weights).toEqual(whole.weights);
    expect(faults).toEqual([]);
  });

  it('is kept twice, no more; a damaged one gives way to the one before it', async () => {
    const page = await openTab();
    await begin(page, { every: 0.05 });
    await saves(page, 4);
    const { saved, notes, error } = await stop(page);
    expect([notes, error]).toEqual([[], 'AbortError']);
    const id = saved[0]!.id;
    const files = await filesOf(page, id);
    expect(files.map((name) => name.split('.')[1]).sort()).toEqual([
      ...['json', 'json', 'over'],
      ...['safetensors', 'safetensors'],
    ]);
    const numbers = files.map((name) => Number.parseInt(name, 10));
    const [older, newest] = [Math.min(...numbers), Math.max(...numbers)];
    expect(newest).toBe(older + 1);
    const steps = saved.slice(-2).map(({ step }) => step);
    const opened = (id: string) =>
      page.evaluate(async (id) => {
        const { openCheckpoint, readCheckpoint } = window.door;
        const notes: string[] = [];
        const onNote = (message: string) => notes.push(message);
        try {
          const { step } = await readCheckpoint(await openCheckpoint(id, { onNote }));
          return { step, notes };
        } catch (error) {
          const { name, reason } = error as { name: string; reason: string };
          return { name, reason };
        }
      }, id);
    expect(await opened(id)).toEqual({ step: steps[1], notes: [] });
    await damage(page, id, `${newest}.safetensors`);
    expect(await opened(id)).toEqual({
      step: steps[0],
      notes: [`The newest checkpoint is damaged: the one before it is used, of step ${steps[0]}.`],
    });
    // It goes on from there; the damaged one goes with the next two.
    await begin(page, { resume: id, every: 0.05 });
    await saves(page, 2);
    await stop(page);
    expect((await opened(id)).notes).toEqual([]);
    const [a, b] = (await filesOf(page, id)).filter((name) => name.endsWith('.safetensors'));
    await damage(page, id, a!, true);
    await damage(page, id, b!, true);
    expect(await opened(id)).toEqual({ name: 'CheckpointError', reason: 'damaged' });
    expect(await opened('no-such-run')).toEqual({ name: 'CheckpointError', reason: 'missing' });
    // A record that a crash cut short is none, and neither is a file without one.
    await damage(page, id, a!.replace('safetensors', 'json'), true);
    await damage(page, id, b!.replace('safetensors', 'json'), true);
    expect(await list(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is kept on demand and when it is paused; two tabs do not get in each other’s way', async () => {
    const page = await openTab();
    await begin(page, { every: 1000, name: 'first' });
    await page.waitForFunction(() => window.run.losses.length > 2);
    await page.evaluate(() => window.run.pause());
    await saves(page, 1);
    const { saved, losses } = await page.evaluate(() => window.run);
    expect(saved.at(-1)!.step).toBe(losses.at(-1)![0]);
    const again = await page.evaluate(() => window.run.save());
    expect(again).toEqual(saved.at(-1));
    const { id } = saved[0]!;
    // The same run in another tab becomes one of its own.
    const other = await openTab();
    expect(await list(other)).toMatchObject([{ id, isOver: false, isOn: true }]);
    const refused = await other.evaluate(
      (id) => window.door.deleteCheckpoint(id).catch(({ name, message }) => [name, message]),
      id,
    );
    expect(refused).toEqual(['TabgradError', expect.stringMatching(/this run is on/)]);
    await begin(other, { resume: id, every: 1000, name: 'second' });
    await other.waitForFunction(() => window.run.losses.length > 8);
    await stop(other);
    const both = await list(other);
    expect(both.map(({ name }) => name)).toEqual(['second', 'first']);
    expect(both[1]!.id).toBe(id);
    expect(both[0]!.id).not.toBe(id);
    await stop(page);
    for (const { id } of both)
      expect(await page.evaluate((id) => window.door.deleteCheckpoint(id), id)).toBe(true);
    expect(await page.evaluate((id) => window.door.deleteCheckpoint(id), id)).toBe(false);
    expect(await list(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is kept as it is at each time that one asks, also while an earlier step is being written', async () => {
    const page = await openTab();
    // A timer of so many seconds would overflow, and fire all the time.
    await begin(page, { every: 1e9, asks: true });
    const { asked, saved, error } = await ended(page);
    expect(error).toBeUndefined();
    const kept = asked.filter(([, step]) => step !== undefined);
    expect(kept.length).toBeGreaterThan(40);
    expect(kept.filter(([at, step]) => step! < at)).toEqual([]);
    expect(saved.at(-1)!.step).toBe(48);
    const alone = await openTab();
    await begin(alone, { every: 1e9 });
    expect((await ended(alone)).saved).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('that was stopped and goes on is cut off if its page goes, though nothing was kept since', async () => {
    const page = await openTab();
    await begin(page, { every: 1e9 });
    await page.waitForFunction(() => window.run.losses.length > 2);
    await stop(page);
    const [stopped] = await list(page);
    expect(stopped).toMatchObject({ isOver: true });
    const again = await openTab();
    await begin(again, { every: 1e9, resume: stopped!.id });
    await again.waitForFunction((step) => window.run.losses.length > step, stopped!.step);
    await again.close();
    await expect
      .poll(() => list(page))
      .toMatchObject([{ id: stopped!.id, step: stopped!.step, isOver: false, isOn: false }]);
  });

  it('that has diverged was not cut off', async () => {
    const page = await openTab();
    await begin(page, { every: 0.02, asks: true, learningRate: 1e9 });
    const { error, saved } = await ended(page);
    expect(error).toBe('DivergedError');
    expect(saved.length).toBeGreaterThan(0);
    expect(await list(page)).toMatchObject([{ step: saved.at(-1)!.step, isOver: true, isOn: false }]);
  });

  it('goes on where there is no room for it: a note says so, and what was kept stays', async () => {
    const page = await openTab();
    await begin(page, { every: 0.1 });
    await saves(page, 1);
    const devtools = await page.context().newCDPSession(page);
    const { usage } = await page.evaluate(() => navigator.storage.estimate());
    await devtools.send('Storage.overrideQuotaForOrigin', {
      origin: new URL(site.url).origin,
      quotaSize: usage! + 1_000_000,
    });
    const { notes, error, losses, saved } = await ended(page);
    expect(error).toBeUndefined();
    expect(losses).toHaveLength(48);
    // Once, and again only where something was kept in between.
    const text = /goes on, but is not kept. There is no room for the run's \d+ MB/;
    expect(notes.length).toBeGreaterThan(0);
    expect(notes.length).toBeLessThanOrEqual(saved.length);
    for (const note of notes) expect(note).toMatch(text);
    const [kept] = await list(page);
    expect(kept!.step).toBe(saved.at(-1)!.step);
    const step = await page.evaluate(async (id) => {
      const { openCheckpoint, readCheckpoint } = window.door;
      return (await readCheckpoint(await openCheckpoint(id))).step;
    }, kept!.id);
    expect(step).toBe(kept!.step);
  });
});
