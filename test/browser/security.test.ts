import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, type Opened, open, partsOf, tunePartsOf, waitForModel, write } from '../page/browser.ts';
import { builtPage, root, type Site, serve } from '../page/server.ts';
import { pictures } from '../support/waiting.ts';

declare global {
  interface Window {
    /** Directives that something went against. */
    violations: string[];
    /** Set by whatever gets to run that must not. */
    hacked?: unknown;
  }
}

const hostile = [
  '<script>hacked = 1</script>',
  '<img src=x onerror="hacked = 2">',
  '<svg><script>hacked = 3</script><animate onbegin="hacked = 4"/></svg>',
  '</textarea></td></table><iframe srcdoc="<script>parent.hacked = 5</script>"></iframe>',
  '<a href="javascript:hacked = 6">link</a>',
  'javascript:hacked = 7',
];
const elsewhere = 'https://example.com/';

let site: Site;
let browser: Browser;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  site = await serve(builtPage);
  browser = await launch();
  opened = await open(browser, site.url, { before: watchViolations });
  page = opened.page;
  await waitForModel(page);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function watchViolations(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      window.violations.push(`${effectiveDirective} ${blockedURI}`);
    });
  });
}

/** What must not be on the page, whatever was pasted, and what must not have happened. */
async function expectNoMarkup(page: Page): Promise<void> {
  const selector =
    'iframe, object, embed, img, base, [onerror], [onload], [onbegin], [href^="javascript:"], body script, svg script';
  const found = await page.evaluate(
    (selector) => [...document.querySelectorAll(selector)].map(({ outerHTML }) => outerHTML),
    selector,
  );
  expect(found).toEqual([]);
  expect(await page.evaluate(() => window.hacked)).toBeUndefined();
}

const violations = () => page.evaluate(() => window.violations.splice(0));

/** A training of two steps. */
async function train(page: Page): Promise<void> {
  const { scenario, field, start, status } = tunePartsOf(page);
  await scenario('Heads only').press(' ');
  await field('epochs').fill('1');
  await field('batch (texts)').fill('4');
  await start.click();
  await status.getByText(/^Finished after \d+ steps?\./).waitFor();
}

/** Ten texts of a file, with names and labels that are markup. */
const column = '<img src=x onerror=hacked=8>';
const dataset = [
  `text,${column}`,
  ...Array.from({ length: 10 }, (_, i) => {
    const quoted = hostile[i % hostile.length]!.replaceAll('"', '""');
    return `"${quoted}",${i % 2 ? '<b onclick=hacked=9>bold</b>' : '<svg onload=hacked=10>'}`;
  }),
].join('\n');

describe('the policy', () => {
  it('stands in the page before any script, and allows nothing unsafe', async () => {
    const { content, after } = await page.evaluate(() => {
      const meta = document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')!;
      const later = [...document.querySelectorAll('script, link')];
      return {
        content: meta.content,
        after: later.every(
          (element) => meta.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING,
        ),
      };
    });
    expect(after).toBe(true);
    expect(content).toContain("default-src 'none'");
    expect(content).toContain("script-src 'self';");
    expect(content).not.toMatch(/unsafe|\*(?!\.(huggingface|hf)\.co)/);
  });
});

describe('text of others', () => {
  it('stays text where it is embedded', async () => {
    const { embed, status, rows, heatmap } = partsOf(page);
    await write(page, hostile.join('\n'));
    await embed.click();
    await status.getByText(`Embedded ${hostile.length} sentences`).waitFor();
    await heatmap.locator('svg').waitFor();
    const shown = (await rows.allTextContents()).join('\n');
    for (const text of hostile) expect(shown).toContain(text);
    await expectNoMarkup(page);
  });

  it('stays text as an address, a file’s name, a column, a label and a cell, and where a model learns from it', async () => {
    await page.evaluate((text) => {
      location.hash = `#fine-tune?model=${text}&scenario=${text}&epochs=${text}`;
    }, hostile[1]!);
    await page.evaluate(() => {
      location.hash = '#fine-tune';
    });
    const { examples, openFile, trial, answers } = tunePartsOf(page);
    await openFile('<img src=x onerror=hacked=11>.csv', dataset);
    await examples.getByText(/8 train, 2 held out/).waitFor();
    await examples.getByText(column).first().waitFor();
    await train(page);
    await trial.fill(hostile[0]!);
    await expect.poll(() => answers.count()).toBe(1);
    await page.locator('.tuning svg[class^="plot"]').first().waitFor();
    await page.getByRole('link', { name: 'Take away', exact: true }).click();
    await pictures(page, 30);
    await expectNoMarkup(page);
  });

  it('and all of that went against no directive, with Plot’s own style in force', async () => {
    expect(await violations()).toEqual([]);
    expect(opened.faults).toEqual([]);
    const style = await page
      .locator('svg[class^="plot"] text')
      .first()
      .evaluate((text) => getComputedStyle(text).whiteSpace);
    expect(style).toBe('pre');
  });
});

describe('an attack', () => {
  it('by an inline script, a handler or a script from elsewhere does not run', async () => {
    await page.evaluate((elsewhere) => {
      const inline = document.createElement('script');
      inline.textContent = 'hacked = 20';
      const foreign = document.createElement('script');
      foreign.src = `${elsewhere}hack.js`;
      const data = document.createElement('script');
      data.src = 'data:text/javascript,hacked=21';
      const markup = document.createElement('div');
      markup.innerHTML = '<img src="x" onerror="hacked = 22"><a href="javascript:hacked = 23">go</a>';
      document.body.append(inline, foreign, data, markup);
      markup.querySelector('a')!.click();
    }, elsewhere);
    const said: string[] = [];
    await expect
      .poll(async () => said.push(...(await violations())) && said)
      .toEqual(
        expect.arrayContaining([
          'script-src-elem inline',
          `script-src-elem ${elsewhere}hack.js`,
          'script-src-elem data',
          'script-src-attr inline',
        ]),
      );
    await pictures(page, 20);
    expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  });

  it('by eval, Function or a timer’s text does not run', async () => {
    const outcome = await page.evaluate(async () => {
      const names: string[] = [];
      // In a task of its own: what the test's own connection evaluates may do more.
      await new Promise<void>((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          for (const run of [
            () => Reflect.get(globalThis, 'eval')('hacked = 30'),
            () => new Function('hacked = 31')(),
          ]) {
            try {
              run();
              names.push('ran');
            } catch (error) {
              names.push((error as Error).name);
            }
          }
          setTimeout('hacked = 32');
          done();
        };
        port2.postMessage(undefined);
      });
      return names;
    });
    expect(outcome).toEqual(['EvalError', 'EvalError']);
    await pictures(page);
    expect(await page.evaluate(() => window.hacked)).toBeUndefined();
  });

  it('cannot send anything elsewhere, nor bring a style, a frame, a form or a worker', async () => {
    await violations();
    const asked: string[] = [];
    await page.context().route(`${elsewhere}**`, (route) => {
      asked.push(route.request().url());
      return route.fulfill({ body: '', headers: { 'access-control-allow-origin': '*' } });
    });
    const failed = await page.evaluate(async (elsewhere) => {
      const isRefused = await fetch(elsewhere).then(
        () => false,
        () => true,
      );
      navigator.sendBeacon(`${elsewhere}beacon`);
      new Image().src = `${elsewhere}pixel.png`;
      const style = document.createElement('style');
      style.textContent = `body { background: url(${elsewhere}style.png) }`;
      const frame = document.createElement('iframe');
      frame.src = `${elsewhere}frame`;
      const form = document.createElement('form');
      form.action = `${elsewhere}form`;
      document.body.append(style, frame, form);
      form.submit();
      const source = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
      const worker = new Worker(source);
      const isDead = await new Promise<boolean>((resolve) => {
        worker.onerror = () => resolve(true);
        worker.onmessage = () => resolve(false);
      });
      return { isRefused, isDead };
    }, elsewhere);
    expect(failed).toEqual({ isRefused: true, isDead: true });
    await pictures(page, 20);
    const said = (await violations()).join('\n');
    for (const directive of [
      'connect-src',
      'img-src',
      'style-src-elem',
      'frame-src',
      'form-action',
      'worker-src',
    ]) {
      expect(said).toContain(directive);
    }
    expect(asked).toEqual([]);
  });
});

describe('with the headers that `npm start` sends', () => {
  it('the page and its worker do their work, and the worker reaches nobody else either', async () => {
    const server = await preview({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: resolve(root, builtPage) },
      preview: { host: '127.0.0.1', port: 0, open: false },
    });
    const url = server.resolvedUrls!.local[0]!;
    const { page, faults, close } = await open(browser, url, { before: watchViolations });
    await waitForModel(page);
    const { embed, status } = partsOf(page);
    await write(page, 'A kitten naps in the sun.');
    await embed.click();
    await status.getByText('Embedded 1 sentence').waitFor();
    expect(await page.evaluate(() => window.violations)).toEqual([]);
    expect(faults).toEqual([]);
    const refused = await page.workers()[0]!.evaluate(async (elsewhere) => {
      const directive = new Promise<string>((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      const isRefused = await fetch(elsewhere).then(
        () => false,
        () => true,
      );
      return [isRefused, await directive];
    }, elsewhere);
    expect(refused).toEqual([true, 'connect-src']);
    await close();
    await server.close();
  });
});
