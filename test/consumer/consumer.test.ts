import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ownPackage from '../../package.json' with { type: 'json' };
import { launch, open } from '../page/browser.ts';
import { readFixture } from '../support/fixtures.ts';
import { expectClose } from '../support/numbers.ts';
import { install, type Packed, pack, run, weights } from './packed.ts';
import { readmeBlocks, readmeModule } from './readme.ts';

const { devDependencies, scripts } = ownPackage;

const sentences = readFixture<{ texts: string[] }>('embeddings/sentences');
const [text] = sentences.facts.texts as [string];
const expected = sentences.tensor('embeddings').data.slice(0, 384);

/** Somebody else's project, with the packed library installed. */
let app: string;
let packed: Packed;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'tabgrad-consumer-'));
  packed = await pack(app);
  await cp(fileURLToPath(new URL('./app', import.meta.url)), app, { recursive: true });
  await writeFile(join(app, 'readme.ts'), readmeModule());
  await writeFile(join(app, 'readme.mjs'), readmeModule());
  const pinned = ['vite', 'typescript', 'webgpu'] as const;
  await writeFile(
    join(app, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: { tabgrad: `file:${packed.filename}` },
      devDependencies: Object.fromEntries(pinned.map((name) => [name, devDependencies[name]])),
    }),
  );
  await install(app);
});

afterAll(() => rm(app, { recursive: true, force: true }));

describe('the packed library in a project of its own', () => {
  it('holds the built files, and none of the sources or weights', async () => {
    const files = await readdir(join(app, 'node_modules/tabgrad'), { recursive: true });
    expect(files).toContain('lib/index.js');
    expect(files).toContain('lib/index.d.ts');
    expect(files.filter((file) => /\.safetensors$|^src|^test/.test(file))).toEqual([]);
    const besides = packed.files.filter((file) => !file.startsWith('lib/')).sort();
    expect(besides).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  });

  it('embeds a sentence in Node', async () => {
    const { stdout } = await run('node', ['embed.mjs', join(weights, 'all-MiniLM-L6-v2'), text], {
      cwd: app,
    });
    expectClose(JSON.parse(stdout.trim().split('\n').at(-1)!) as number[], expected, 2e-6);
  });

  it('has types that a strict project accepts', async () => {
    await run('npx', ['tsc'], { cwd: app });
  });

  it('does in Node what the README says, as it stands there', async () => {
    // A hub id is a folder where there is one of that name.
    await mkdir(join(app, 'sentence-transformers'));
    await symlink(
      join(weights, 'all-MiniLM-L6-v2'),
      join(app, 'sentence-transformers/all-MiniLM-L6-v2'),
      'dir',
    );
    const { stdout } = await run('node', ['--import', './gpu.mjs', 'readme.mjs'], { cwd: app });
    expect(stdout).toContain('[ 3, 384 ]');
    expect(stdout.match(/type: 'step'/g)?.length).toBeGreaterThan(0);
    expect(stdout).toContain("type: 'evaluation'");
    expect(stdout).toContain("type: 'done'");
    expect(stdout).toMatch(/\[ 'delivery', 'quality', 'billing' \] Float32Array\(3\)/);
  });

  it('is told of in a README whose other commands are there', () => {
    const others = readmeBlocks().filter(({ language }) => language !== 'ts');
    expect(others.map(({ language }) => language)).toEqual(['sh', 'sh']);
    const asked = others.flatMap(({ code }) => [...code.matchAll(/^npm (?:run )?(.+?)(?: +#.*)?$/gm)]);
    expect(asked.map(([, command]) => command)).toEqual(['start', 'test', 'install tabgrad']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test', 'build']));
    expect(packed.filename).toBe('tabgrad-0.1.0.tgz');
  });

  it('embeds a sentence in a built Vite app, in a worker', async () => {
    await run('npx', ['vite', 'build', '--logLevel', 'warn'], { cwd: app });
    await symlink(weights, join(app, 'dist/weights'));
    const server = await preview({ root: app, configFile: false, preview: { port: 0 } });
    const browser = await launch();
    try {
      const { page } = await open(browser, server.resolvedUrls!.local[0]!);
      const result = await page.evaluate<{ vector: number[]; self: number; dimension: number }>(
        `embed(${JSON.stringify(text)})`,
      );
      expectClose(result.vector, expected, 2e-6);
      expect(result.self).toBeCloseTo(1, 5);
      expect(result.dimension).toBe(384);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
