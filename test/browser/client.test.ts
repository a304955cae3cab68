import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch, type Opened, open } from '../page/browser.ts';
import { buildDoor } from '../page/buildDoor.ts';
import type {} from '../page/door/door.ts';
import { type Site, serve } from '../page/server.ts';
import { readFixture } from '../support/fixtures.ts';
import { maxDifference } from '../support/numbers.ts';

const python = readFixture<{ texts: string[]; tokens: number[]; truncated: number[] }>(
  'embeddings/sentences',
);
const weights = '/weights/all-MiniLM-L6-v2';

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  await buildDoor('test-results/door');
  site = await serve('test-results/door');
  browser = await launch();
});

beforeEach(async () => {
  opened = await open(browser, site.url);
  page = opened.page;
});

afterEach(async () => {
  await opened?.close();
  site.weights.gate = undefined;
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

describe('the client', () => {
  it('has the face of the model, gives Python’s numbers and ends its worker', async () => {
    const seen = await page.evaluate(
      async ({ source, texts }) => {
        const { SentenceTransformer } = window.door;
        const events: string[] = [];
        const model = await SentenceTransformer.fromPretrained(source, {
          onProgress: ({ status }) => events.at(-1) !== status && events.push(status),
        });
        const { dimension, maxLength, pooling, normalize, parameterCount, adapter } = model;
        const { data, ...rest } = await model.encode(texts);
        const usage = await model.usage();
        await model.dispose();
        await model.dispose();
        const later = await model.encode(texts).catch((error) => [error.name, error.message]);
        return {
          facts: { dimension, maxLength, pooling, normalize, parameterCount, adapter },
          events,
          data: [...data],
          rest,
          bytes: usage.bytes,
          later,
        };
      },
      { source: weights, texts: python.facts.texts },
    );
    expect(seen.facts).toMatchObject({
      dimension: 384,
      maxLength: 256,
      pooling: 'mean',
      normalize: true,
      adapter: { isSoftware: true },
    });
    expect(seen.facts.parameterCount / 1e6).toBeCloseTo(22.7, 1);
    expect(seen.events[0]).toBe('initiate');
    expect(seen.events.at(-1)).toBe('ready');
    expect(seen.events).toEqual(expect.arrayContaining(['progress_total', 'done', 'compile']));
    const { texts, tokens, truncated } = python.facts;
    const difference = maxDifference(seen.data, python.tensor('embeddings').data);
    console.info(
      `${texts.length} texts, largest difference to sentence-transformers: ${difference.toExponential(2)}`,
    );
    expect(difference).toBeLessThanOrEqual(2e-6);
    expect(seen.rest).toEqual({ shape: [texts.length, 384], tokens, truncated });
    expect(seen.bytes).toBeGreaterThan(80e6);
    expect(seen.later).toEqual(['TabgradError', expect.stringContaining('disposed')]);
    await expect.poll(() => page.workers().length).toBe(0);
  });

  it('carries errors of the worker with class and fields, and resolves a path against the page', async () => {
    const seen = await page.evaluate(async () => {
      const { SentenceTransformer, errors } = window.door;
      const error = await SentenceTransformer.fromPretrained('./no/such-model').catch((thrown) => thrown);
      return {
        isDownload: error instanceof errors.DownloadError,
        isTabgrad: error instanceof errors.TabgradError,
        ...error,
        name: error.name,
      };
    });
    expect(seen).toMatchObject({ isDownload: true, isTabgrad: true, name: 'DownloadError', status: 404 });
    expect(seen.url).toMatch(`${site.url}no/such-model/`);
    await expect.poll(() => page.workers().length).toBe(0);
  });

  it('takes a model’s files, and refuses bad arguments as the model itself does', async () => {
    const seen = await page.evaluate(async (source) => {
      const { SentenceTransformer, errors } = window.door;
      const names = ['config.json', 'modules.json', 'sentence_bert_config.json', 'tokenizer.json'];
      names.push('tokenizer_config.json', '1_Pooling/config.json', 'model.safetensors');
      const blobs = names.map(
        async (name) => [name, await (await fetch(`${source}/${name}`)).blob()] as const,
      );
      const model = await SentenceTransformer.fromPretrained(Object.fromEntries(await Promise.all(blobs)));
      const { shape, tokens } = await model.encode(['one'], { prompt: 'query: ' });
      const counts = await model.countTokens(['one'], { prompt: 'query: ' });
      const fails = async (call: () => Promise<object>) => {
        const error = await call().catch((thrown) => thrown);
        const { argument, position } = error as { argument?: string; position?: number };
        return [error instanceof errors.ArgumentError, argument, position];
      };
      const bad = [
        await fails(() => model.encode(['a', undefined as unknown as string])),
        await fails(() => model.encode([(() => 1) as unknown as string])),
        await fails(() => model.encode(['a'], { maxLength: 1 })),
        await fails(() => model.encode(['a'], { promptName: 'title' })),
        await fails(() => model.countTokens(['a'], { promptName: 'title' })),
        await fails(() => SentenceTransformer.fromPretrained(source, { gpu: {} as GPU })),
        await fails(() => SentenceTransformer.fromPretrained('http://')),
      ];
      const { prompts, defaultPromptName } = model;
      return { shape, tokens, counts, prompts, defaultPromptName, bad };
    }, weights);
    expect(seen.shape).toEqual([1, 384]);
    expect(seen.tokens).toEqual([5]);
    expect(seen.counts).toEqual({ tokens: [5], cuts: [-1] });
    expect(seen.prompts).toEqual({ query: '', document: '' });
    expect(seen.defaultPromptName).toBeUndefined();
    expect(seen.bad).toEqual([
      [true, 'texts', 1],
      [true, 'texts', undefined],
      [true, 'maxLength', undefined],
      [true, 'promptName', undefined],
      [true, 'promptName', undefined],
      [true, 'gpu', undefined],
      [true, 'source', undefined],
    ]);
  });

  it('stops the download when a load is aborted, and loads again', async () => {
    site.weights.gate = new Promise(() => {});
    const before = site.weights.givenUp;
    const seen = await page.evaluate(async (source) => {
      const { SentenceTransformer, errors } = window.door;
      const controller = new AbortController();
      const onProgress = ({ status }: { status: string }) => {
        if (status === 'progress_total') controller.abort();
      };
      const options = { onProgress, signal: controller.signal };
      const error = await SentenceTransformer.fromPretrained(source, options).catch((thrown) => thrown);
      const again = await SentenceTransformer.fromPretrained(source, options).catch((thrown) => thrown);
      return [error instanceof errors.AbortError, error.name, again.name];
    }, weights);
    expect(seen).toEqual([true, 'AbortError', 'AbortError']);
    await expect.poll(() => site.weights.givenUp).toBe(before + 1);
    site.weights.gate = undefined;
    const dimension = await page.evaluate(
      async (source) => (await window.door.SentenceTransformer.fromPretrained(source)).dimension,
      weights,
    );
    expect(dimension).toBe(384);
  });

  it('stops an embedding and goes on with the next', async () => {
    const seen = await page.evaluate(async (source) => {
      const model = await window.door.SentenceTransformer.fromPretrained(source);
      const controller = new AbortController();
      const texts = Array.from({ length: 2000 }, (_, i) => `text ${i}`);
      let done = 0;
      const error = await model
        .encode(texts, {
          signal: controller.signal,
          onProgress: (event) => {
            if (event.status === 'encode') done = event.done;
            if (done > 0) controller.abort();
          },
        })
        .catch((thrown) => thrown);
      return { name: error.name, done, shape: (await model.encode(['next'])).shape };
    }, weights);
    expect(seen).toMatchObject({ name: 'AbortError', shape: [1, 384] });
    expect(seen.done).toBeLessThan(2000);
  });

  it('rejects what is under way when the worker dies', async () => {
    const model = await page.evaluateHandle(
      (source) => window.door.SentenceTransformer.fromPretrained(source),
      weights,
    );
    const underWay = model.evaluate(async (model) => {
      const name = (error: Error) => [error instanceof window.door.errors.WorkerError, error.message];
      const first = await model.encode(Array(5000).fill('a text')).catch(name);
      return { first, later: await model.usage().catch(name) };
    });
    await page.workers()[0]!.evaluate(() => {
      queueMicrotask(() => {
        throw new RangeError('out of something');
      });
    });
    const { first, later } = await underWay;
    expect(first).toEqual([true, expect.stringContaining('out of something')]);
    expect(later).toEqual(first);
    // The browser lets go of it when the GPU has done what was submitted.
    await expect.poll(() => page.workers().length).toBe(0);
  });

  it('says when the worker’s script cannot be fetched', async () => {
    await page.route(/worker.*\.js/, (route) => route.abort());
    const seen = await page.evaluate(async (source) => {
      const error = await window.door.SentenceTransformer.fromPretrained(source).catch((thrown) => thrown);
      return [error.name, error.message];
    }, weights);
    expect(seen).toEqual(['WorkerError', expect.stringContaining('could not be loaded')]);
  });
});

describe('a trainer in the worker', () => {
  /** What of, with what label: few tokens, since a software adapter is slow. */
  const examples = ['delivery', 'parcel', 'courier', 'driver'].flatMap((text) => [
    { text: `late ${text}`, labels: { mood: 'bad' } },
    { text: `quick ${text}`, labels: { mood: 1 } },
  ]);

  it('plans, trains and tells of it, answers meanwhile, and ends with the loop', async () => {
    const seen = await page.evaluate(
      async ({ source, examples }) => {
        const { SentenceTransformer, Trainer } = window.door;
        const model = await SentenceTransformer.fromPretrained(source);
        await model.addHead('mood', { labels: ['bad', 'good'] });
        const options = { examples, scenario: 'heads-only', batchSize: 4, epochs: 50 } as const;
        const trainer = new Trainer(model, {
          ...options,
          heads: { mood: { labels: ['bad', 'good'] } },
          evaluation: { examples: examples.slice(0, 2), details: true },
        });
        const names = (await model.parameters()).map(({ name }) => name);
        const before = [await model.read('heads.mood.weight'), await model.read(names[0]!)];
        const { trainable, memory } = await trainer.plan();
        const time = await trainer.measure();
        const events = [];
        let answer: number[] = [];
        let dimensions: number[] = [];
        for await (const event of trainer.train()) {
          events.push(event);
          if (event.type !== 'step') continue;
          if (event.step === 1) {
            answer = [...(await model.predict(['late'])).mood!.probabilities.data];
            dimensions = (await model.encode(['late'])).shape;
          }
          if (event.step === 2) break;
        }
        // Nothing runs any more: another trainer can, and what was learned is there.
        const after = [await model.read('heads.mood.weight'), await model.read(names[0]!)];
        const change = before.map((values, i) =>
          values.reduce((most, value, j) => Math.max(most, Math.abs(value - after[i]![j]!)), 0),
        );
        const kinds = [];
        for await (const { type } of new Trainer(model, { ...options, epochs: 1 }).train()) kinds.push(type);
        const { liveBytes } = await model.usage();
        await model.dispose();
        return {
          names,
          total: await trainer.totalSteps.catch(({ name }) => name),
          trainable,
          memory,
          time,
          events,
          answer,
          dimensions,
          change,
          kinds,
          liveBytes,
        };
      },
      { source: weights, examples },
    );
    expect(seen.names).toContain('encoder.layer.0.attention.self.query.weight');
    expect(seen.names.slice(-2)).toEqual(['heads.mood.weight', 'heads.mood.bias']);
    expect(seen.trainable).toBe(2 * 384 + 2);
    expect(seen.memory.total).toBeGreaterThan(80e6);
    expect(seen.events.map(({ type }) => type)).toEqual(['evaluation', 'step', 'step']);
    expect(seen.events[2]).toMatchObject({ step: 2, epoch: 1, losses: { mood: expect.any(Number) } });
    const [start] = seen.events;
    const heldOut = start?.type === 'evaluation' ? start.heldOut : undefined;
    expect(heldOut).toMatchObject({
      examples: [0, 1],
      probabilities: { mood: { shape: [2, 2] } },
      embeddings: { shape: [2, 384] },
    });
    expect(seen.time.seconds).toBeGreaterThan(10 * seen.time.stepSeconds);
    expect(seen.dimensions).toEqual([1, 384]);
    expect(seen.answer[0]! + seen.answer[1]!).toBeCloseTo(1, 5);
    // Adam's first steps are of the rate's size; what is frozen keeps its bits.
    expect(seen.change[0]).toBeGreaterThan(1e-4);
    expect(seen.change[0]).toBeLessThan(6e-3);
    expect(seen.change[1]).toBe(0);
    expect(seen.kinds).toEqual(['step', 'step', 'done']);
    expect(seen.liveBytes).toBeLessThan(100e6);
    expect(seen.total).toBe('TabgradError');
  });

  it('throws the trainer’s own errors, stops by the signal, and dies with the worker', async () => {
    const seen = await page.evaluate(
      async ({ source, examples }) => {
        const { SentenceTransformer, Trainer, errors } = window.door;
        const model = await SentenceTransformer.fromPretrained(source);
        await model.addHead('mood', { labels: ['bad', 'good'] });
        const wrong = [{ text: 'odd', labels: { mood: 'unknown' } }, ...examples];
        const error = await new Trainer(model, { examples: wrong })
          .train()
          .next()
          .catch((thrown) => thrown);
        const { name, message, argument, position, head, label } = error;
        const controller = new AbortController();
        const trainer = new Trainer(model, { examples, scenario: 'heads-only', epochs: 50 });
        let steps = 0;
        const end = await (async () => {
          for await (const event of trainer.train({ signal: controller.signal })) {
            if (event.type === 'step') steps += 1;
            controller.abort();
          }
        })().catch((thrown) => thrown);
        Object.assign(window, { running: trainer.train() });
        return {
          unknown: {
            isArgument: error instanceof errors.ArgumentError,
            name,
            message,
            argument,
            position,
            head,
            label,
          },
          end: [end instanceof errors.AbortError, end.name],
          steps,
        };
      },
      { source: weights, examples },
    );
    expect(seen.unknown).toMatchObject({
      isArgument: true,
      name: 'ArgumentError',
      argument: 'examples',
      position: 0,
      head: 'mood',
      label: 'unknown',
    });
    expect(seen.unknown.message).toContain('"bad" (0), "good" (1)');
    expect(seen.end).toEqual([true, 'AbortError']);
    expect(seen.steps).toBeLessThanOrEqual(2);

    const death = page.evaluate(async () => {
      const { running } = window as unknown as { running: AsyncGenerator };
      try {
        while (true) Object.assign(window, { told: await running.next() });
      } catch (error) {
        return [error instanceof window.door.errors.WorkerError, (error as Error).message];
      }
    });
    await page.waitForFunction(() => 'told' in window);
    await page.workers()[0]!.evaluate(() => {
      queueMicrotask(() => {
        throw new RangeError('out of something');
      });
    });
    expect(await death).toEqual([true, expect.stringContaining('out of something')]);
  });

  it('reads examples in a worker that ends with it', async () => {
    const seen = await page.evaluate(async () => {
      const { readDataset, errors } = window.door;
      const { tasks, rejected } = await readDataset('text,mood\nlate,bad\n,good\nquick,good');
      const error = await readDataset('[{"text": "a"}]').catch((thrown) => thrown);
      return { tasks, rejected, error: [error instanceof errors.ArgumentError, error.argument] };
    });
    expect(seen).toEqual({
      tasks: [{ name: 'mood', labels: ['bad', 'good'], counts: [1, 1] }],
      rejected: [{ row: 3, reason: 'the text is empty' }],
      error: [true, 'text'],
    });
    await expect.poll(() => page.workers().length).toBe(0);
  });
});
