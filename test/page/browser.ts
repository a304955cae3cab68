import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { hang } from '../support/hang.ts';
import { elsewhere } from './server.ts';

/** Chromium's own software GPU. */
const webGpuFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Everything that asks the network by itself is off. */
const flags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  `--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`,
];

/** CHROMIUM_PATH, or Debian's. */
export function launch({ webGpu = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: webGpu ? [...flags, ...webGpuFlags] : flags,
    chromiumSandbox: false,
    timeout: hang,
  });
}

export interface Opened {
  page: Page;
  /** Errors of the page and of its console. */
  faults: string[];
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** What to do before the page is fetched. */
  before?: (page: Page) => Promise<unknown>;
}

/** A context with nothing stored, nothing cached, and no service worker but if asked for. */
export async function newContext(browser: Browser, options?: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 940 },
    serviceWorkers: 'block',
    ...options,
  });
  context.setDefaultTimeout(hang);
  return context;
}

/** Opens a page in a context of its own. */
export async function open(
  browser: Browser,
  url: string,
  { before, ...options }: OpenOptions = {},
): Promise<Opened> {
  const context = await newContext(browser, options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await before?.(page);
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

/** The parts of the demo page that the tests touch. */
export function partsOf(page: Page) {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const card = (name: string) => page.getByRole('region', { name, exact: true });
  return {
    box: page.getByRole('textbox', { name: 'Sentences' }),
    embed: button('Embed'),
    stop: button('Stop'),
    cancel: button('Cancel'),
    retry: button('Retry'),
    button,
    status: card('Sentences').getByRole('status'),
    alert: page.getByRole('alert'),
    loadingBar: page.getByRole('progressbar', { name: 'Loading the model' }),
    pills: page.getByRole('list', { name: 'Model and GPU' }),
    rows: card('Embeddings').locator('tbody tr'),
    heatmap: page.getByRole('img', { name: /Cosine similarity/ }),
    map: page.getByRole('img', { name: /^Map of \d/ }),
    nearest: card('Find the nearest').getByRole('listitem'),
    card,
  };
}

/** Waits until the model is there: its memory is counted then. */
export async function waitForModel(page: Page): Promise<void> {
  await partsOf(page).pills.getByText('GPU').waitFor();
}

/** Sets the text at once: typing ten thousand lines takes a browser minutes. */
export async function write(page: Page, text: string): Promise<void> {
  await partsOf(page).box.evaluate((box, value) => {
    (box as HTMLTextAreaElement).value = value;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }, text);
}

export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth;
  });
}

/** The parts of the fine-tune view that the tests touch. */
export function tunePartsOf(page: Page) {
  const card = (name: RegExp) => page.getByRole('region', { name });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const examples = card(/Examples/);
  const learning = card(/Learning/);
  return {
    views: page.getByRole('navigation', { name: 'Views' }),
    examples,
    button,
    start: button('Start'),
    // Beside it there is one that only screen readers meet.
    status: card(/Run/).locator('p.status'),
    progress: card(/Run/).locator('.encoding span'),
    scenario: (name: string) => page.getByRole('radio', { name }),
    rates: card(/What to train/).locator('tbody tr'),
    field: (name: string) => page.getByLabel(name, { exact: true }),
    trial: page.getByRole('textbox', { name: 'Try a sentence' }),
    answers: card(/Try a sentence/).getByRole('table'),
    /** Pastes rows, and waits until they are the table's or are refused. */
    async paste(text: string): Promise<void> {
      const box = page.getByLabel(/^Rows, the first/);
      if (!(await box.isVisible())) await button('Paste').click();
      await box.fill(text);
      await button('Use these rows').click();
      const refusal = examples.getByRole('alert');
      await page.locator('#paste[hidden]').or(refusal).first().waitFor({ state: 'attached' });
    },
    async openFile(name: string, text: string): Promise<void> {
      const file = { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
      await page.getByLabel('Open file…').setInputFiles(file);
    },
    /** A number of the Learning card; `was` is NaN where there is none. */
    async figure(name: string): Promise<{ value: number; was: number }> {
      const entry = learning.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) });
      const text = (await entry.getByRole('definition').textContent())!.replaceAll('−', '-');
      const [value, was] = text.split(' was ');
      return { value: Number(value), was: Number(was ?? Number.NaN) };
    },
  };
}
