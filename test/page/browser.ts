import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Chromium's own software GPU; everything that asks the network by itself is off. */
const flags = [
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** CHROMIUM_PATH, or Debian's. */
export function launch({ webGpu = true } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: webGpu ? [...flags, '--enable-unsafe-webgpu'] : flags,
    chromiumSandbox: false,
  });
}

/** A page of its own context: nothing stored, no cache. What goes wrong in it is collected in `faults`. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[]; close(): Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 940 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}
