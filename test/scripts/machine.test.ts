import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findChromium } from '../../scripts/lib/chromium.js';
import { sameInstall } from '../../scripts/lib/dependencies.js';
import { cacheFolder } from '../../scripts/lib/files.js';
import { createLog } from '../../scripts/lib/log.js';
import { checkNode } from '../../scripts/lib/nodeVersion.js';
import { run } from '../../scripts/lib/run.js';
import { browserCommand } from '../../scripts/lib/serve.js';
import { vulkanEnv } from '../../scripts/lib/vulkan.js';
import { collectingLog, temporaryFolder } from './support.ts';

test('checkNode', () => {
  for (const version of ['20.19.0', '20.19.5', '22.0.0', '100.1.2'])
    expect(() => checkNode(version)).not.toThrow();
  for (const version of ['20.18.9', '18.20.0', '9.99.0'])
    expect(() => checkNode(version)).toThrow(/needs >=20\.19/);
});

describe('sameInstall', () => {
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/other-system': { version: '1.0.0', optional: true },
  };
  const installed = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };
  test('the same, less other systems’ packages', () => expect(sameInstall(locked, installed)).toBe(true));
  test.each([
    ['one is missing', {}],
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['other bytes', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    ['one too many', { ...installed, 'node_modules/b': { version: '1.0.0' } }],
  ])('%s', (_, other) => expect(sameInstall(locked, other)).toBe(false));
});

test('cacheFolder', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe(join('/x', 'tabgrad'));
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toMatch(/\.cache.tabgrad$/);
  expect(cacheFolder({}, 'darwin')).toMatch(/Library.Caches.tabgrad$/);
  expect(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'tabgrad', 'Cache'));
});

test('browserCommand: only where somebody can see it', () => {
  const url = 'http://localhost:4173/';
  expect(browserCommand(url, { DISPLAY: ':0' }, 'linux')).toEqual(['xdg-open', url]);
  expect(browserCommand(url, { WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toEqual(['xdg-open', url]);
  expect(browserCommand(url, {}, 'linux')).toBeUndefined();
  expect(browserCommand(url, { DISPLAY: ':0', CI: '1' }, 'linux')).toBeUndefined();
  expect(browserCommand(url, {}, 'darwin')).toEqual(['open', url]);
});

test('vulkanEnv: lavapipe on Linux, unless the caller has chosen', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'lvp_icd.x86_64.json'), '{}');
  await writeFile(join(folder, 'intel_icd.json'), '{}');
  const folders = ['/nonexistent', folder];
  const chosen = async (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux') =>
    (await vulkanEnv(env, platform, folders)).VK_ICD_FILENAMES;
  expect(await chosen({})).toBe(join(folder, 'lvp_icd.x86_64.json'));
  expect(await chosen({ VK_ICD_FILENAMES: '/mine.json' })).toBe('/mine.json');
  expect(await chosen({ TABGRAD_VULKAN: 'native' })).toBeUndefined();
  expect(await chosen({}, 'darwin')).toBeUndefined();
});

test.runIf(process.platform !== 'win32')('findChromium skips one that does not start', async () => {
  const broken = await temporaryFolder();
  const working = await temporaryFolder();
  await writeFile(join(broken, 'chromium'), '#!/bin/sh\nexit 1\n');
  await writeFile(join(working, 'google-chrome'), '#!/bin/sh\nexit 0\n');
  for (const path of [join(broken, 'chromium'), join(working, 'google-chrome')]) await chmod(path, 0o755);
  const PATH = [broken, working].join(delimiter);
  expect(await findChromium({ PATH }, 'linux')).toBe(join(working, 'google-chrome'));
  expect(await findChromium({ PATH: broken }, 'linux')).toBeUndefined();
  expect(await findChromium({ PATH, CHROMIUM_PATH: '/nonexistent/chrome' }, 'linux')).toBeUndefined();
});

test('run: output, exit status, a missing command, an endless one', async () => {
  const node = (source: string, timeoutMs?: number) => run(process.execPath, ['-e', source], { timeoutMs });
  expect(await node('console.log(1); console.error(2); process.exit(3)')).toMatchObject({ code: 3 });
  expect((await node('console.log("out")')).output).toBe('out\n');
  expect((await run('no-such-command', [])).code).toBe(127);
  expect((await node('setInterval(() => {}, 1000)', 300)).code).not.toBe(0);
});

test('progress: a line for each tenth, or a bar on a terminal', () => {
  const output = collectingLog();
  const tenths = createLog(output).progress('Model:', 1e6);
  for (let done = 0; done <= 1e6; done += 12_500) tenths.update(done);
  expect(output.lines).toHaveLength(10);
  expect(output.lines.at(4)).toBe('Model: 50 % (0.5 MB of 1.0 MB)');

  const drawn: string[] = [];
  const bar = createLog({ write: (text: string) => drawn.push(text), isTTY: true }).progress('Model:', 1e6);
  bar.update(1e6);
  bar.end();
  expect(drawn.join('')).toMatch(/^\rModel: █{30} 1\.0 MB of 1\.0 MB \n$/);
});
