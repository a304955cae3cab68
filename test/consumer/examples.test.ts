import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ownPackage from '../../package.json' with { type: 'json' };
import { launch, open } from '../page/browser.ts';
import { install, pack, root, run, useTarball, weights } from './packed.ts';

const names = ['embed-node', 'fine-tune', 'semantic-search'];
const source = '/weights/all-MiniLM-L6-v2';

/** The examples, each with the packed library: one install, as workspaces. */
let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tabgrad-examples-'));
  const [{ filename }] = await Promise.all([
    pack(folder),
    ...names.map((name) =>
      cp(join(root, 'examples', name), join(folder, name), {
        recursive: true,
        // Somebody's own install and build there.
        filter: (path) => !/[\\/](node_modules|dist|package-lock\.json)$/.test(path),
      }),
    ),
  ]);
  await Promise.all(names.map((name) => useTarball(join(folder, name), `../${filename}`)));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, workspaces: names }));
  await install(folder);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the examples', () => {
  it('are these, with the versions that the library itself is built with', async () => {
    expect((await readdir(join(root, 'examples'))).sort()).toEqual(names);
    const pinned: Record<string, string> = ownPackage.devDependencies;
    for (const name of names) {
      const { dependencies, devDependencies } = JSON.parse(
        await readFile(join(root, 'examples', name, 'package.json'), 'utf8'),
      );
      for (const [tool, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (tool !== 'tabgrad') expect(version, `${tool} of ${name}`).toBe(pinned[tool]);
      }
    }
  });

  it('embed-node prints the cosines of three sentences', async () => {
    const model = join(weights, 'all-MiniLM-L6-v2');
    const { stdout } = await run('node', ['index.js', model], { cwd: join(folder, 'embed-node') });
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(3);
    const [cats, ...strangers] = lines.map(Number.parseFloat);
    // As sentence-transformers gives it.
    expect(cats).toBeCloseTo(0.5537, 4);
    for (const cosine of strangers) expect(Math.abs(cosine)).toBeLessThan(0.1);
  });

  it('semantic-search builds, and finds what is meant', async () => {
    await withBuilt('semantic-search', async (page) => {
      await page.getByText('sentences are ready').waitFor();
      await page.getByLabel('What are you looking for?').fill('my package is late');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByText('The 5 nearest').waitFor();
      const found = await page.getByRole('list', { name: 'Nearest sentences' }).getByRole('listitem').all();
      expect(found).toHaveLength(5);
      expect(await found[0]!.textContent()).toContain('Where is my parcel?');
    });
  });

  it('fine-tune builds, trains, predicts and gives a zip', async () => {
    await withBuilt('fine-tune', async (page) => {
      await page.getByText('The model is here.').waitFor();
      await page.getByRole('button', { name: 'Train' }).click();
      await page.getByText('Trained.').waitFor();
      const rows = await page.locator('tbody tr').allInnerTexts();
      const losses = rows.map((row) => row.split('\t').slice(1).map(Number));
      expect(losses).toHaveLength(15);
      const sum = (epoch: number[][]) => epoch.flat().reduce((a, b) => a + b, 0);
      expect(sum(losses.slice(-3))).toBeLessThan(sum(losses.slice(0, 3)));

      await page.getByRole('button', { name: 'Predict' }).click();
      const answer = page.getByRole('status').nth(1);
      await answer.getByText(/topic: \w+ \(\d+ %\), sentiment: \w+ \(\d+ %\)/).waitFor();

      const arrived = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download the model' }).click();
      expect((await arrived).suggestedFilename()).toBe('my-model.zip');
      await page.getByText(/my-model\.zip: 9\d MB/).waitFor();
    });
  });
});

/** Builds an example as its README says, serves it with the model beside it, and opens it. */
async function withBuilt(name: string, use: (page: Page) => Promise<void>): Promise<void> {
  const example = join(folder, name);
  await run('npm', ['run', 'build'], { cwd: example });
  await symlink(weights, join(example, 'dist/weights'));
  const server = await preview({ root: example, configFile: false, preview: { port: 0 } });
  const { page, faults, close } = await open(browser, `${server.resolvedUrls!.local[0]!}?model=${source}`);
  try {
    await use(page);
    expect(faults).toEqual([]);
  } finally {
    await close();
    await server.close();
  }
}
