import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../../scripts/lib/download.js';
import { SetupError } from '../../scripts/lib/log.js';
import { endedProcess, pin, sendBytes, sendSome, serveHttp, someBytes, temporaryFolder } from './support.ts';

const bytes = someBytes(300_000);
const file = pin('model.bin', bytes);
const half = 150_000;

async function target() {
  const folder = await temporaryFolder();
  return { folder, path: join(folder, 'model.bin') };
}

async function failure(work: Promise<unknown>): Promise<SetupError> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(SetupError);
  return error;
}

describe('download', () => {
  test('brings the whole file and leaves nothing else', async () => {
    const server = await serveHttp((request, response) => sendBytes(request, response, bytes));
    const { folder, path } = await target();
    const seen: number[] = [];
    await download(`${server.url}/a/model.bin`, path, file, { onProgress: (n) => seen.push(n) });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['model.bin']);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(server.requests).toEqual([{ path: '/a/model.bin', range: undefined }]);
  });

  test('resumes a broken transfer where it broke, through a redirect to another host', async () => {
    let cut = () => {};
    const storage = await serveHttp((request, response, count) => {
      if (count === 1) cut = sendSome(response, bytes, half);
      else sendBytes(request, response, bytes);
    });
    const hub = await serveHttp((_, response) =>
      response.writeHead(302, { location: `${storage.url}/blob` }).end(),
    );
    const { path } = await target();
    await download(`${hub.url}/model.bin`, path, file, { onProgress: (n) => n === half && cut() });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(storage.requests).toEqual([
      { path: '/blob', range: undefined },
      { path: '/blob', range: `bytes=${half}-` },
    ]);
  });

  test('starts again where the server ignores ranges', async () => {
    let cut = () => {};
    const server = await serveHttp((_, response, count) => {
      if (count === 1) cut = sendSome(response, bytes, half);
      else response.writeHead(200).end(bytes);
    });
    const { path } = await target();
    await download(server.url, path, file, { onProgress: (n) => n === half && cut() });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`]);
  });

  test('goes on with the part of a process that is gone, and leaves that of one that runs', async () => {
    const server = await serveHttp((request, response) => sendBytes(request, response, bytes));
    const { folder, path } = await target();
    const running = `model.bin.${process.ppid}.part`;
    await writeFile(`${path}.${endedProcess()}.part`, bytes.subarray(0, half));
    await writeFile(join(folder, running), bytes.subarray(0, 200_000));
    await download(server.url, path, file);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual([`bytes=${half}-`]);
    expect((await readdir(folder)).sort()).toEqual(['model.bin', running].sort());
  });

  test.each([
    ['the beginning of another file', someBytes(half, 2), [`bytes=${half}-`, undefined]],
    ['longer than the file', someBytes(400_000), [undefined]],
    ['already whole', bytes, []],
  ])('copes with a part that is %s', async (_, part, ranges) => {
    const server = await serveHttp((request, response) => sendBytes(request, response, bytes));
    const { folder, path } = await target();
    await writeFile(`${path}.${endedProcess()}.part`, part);
    await download(server.url, path, file);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual(ranges);
    expect(await readdir(folder)).toEqual(['model.bin']);
  });

  test('refuses wrong bytes: the old file stays, no part is kept', async () => {
    const wrong = someBytes(bytes.length, 3);
    const server = await serveHttp((request, response) => sendBytes(request, response, wrong));
    const { folder, path } = await target();
    await writeFile(path, 'old');
    const { message } = await failure(download(server.url, path, file));
    expect(message).toContain(file.sha256);
    expect(message).toContain(pin('', wrong).sha256);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['model.bin']);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['longer', someBytes(500_000), /more than the 300000 bytes/],
    ['shorter', bytes.subarray(0, half), /150000 of 300000 bytes|status 416/],
  ])('refuses a file that is %s', async (_, served, message) => {
    const server = await serveHttp((request, response) => sendBytes(request, response, served));
    const { folder, path } = await target();
    expect((await failure(download(server.url, path, file))).message).toMatch(message);
    expect(await readdir(folder)).not.toContain('model.bin');
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });

  test('a status that is not success ends it at once', async () => {
    const server = await serveHttp((_, response) => response.writeHead(404).end('<html>no</html>'));
    const { folder, path } = await target();
    expect((await failure(download(server.url, path, file))).message).toMatch(/answers 404/);
    expect(await readdir(folder)).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  test('a stall ends it, and what has come is kept for the next time', async () => {
    const stalling = await serveHttp((request, response) => {
      response.writeHead(request.headers.range ? 206 : 200, {
        'content-range': `bytes ${half}-299999/300000`,
      });
      response.flushHeaders();
      if (!request.headers.range) response.write(bytes.subarray(0, half));
    });
    const { folder, path } = await target();
    const { message } = await failure(download(stalling.url, path, file, { stallMs: 300 }));
    expect(message).toMatch(/stalled for 0\.3 s/);
    expect(await readdir(folder)).toEqual([`model.bin.${process.pid}.part`]);

    const working = await serveHttp((request, response) => sendBytes(request, response, bytes));
    await download(working.url, path, file);
    expect(working.requests.map(({ range }) => range)).toEqual([`bytes=${half}-`]);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test('a server that takes the connection and says nothing, or is not there, is given up soon', async () => {
    const silent = await serveHttp(() => {});
    const { path } = await target();
    expect((await failure(download(silent.url, path, file, { connectMs: 200 }))).message).toMatch(
      /no answer for 0\.2 s/,
    );
    silent.close();
    expect((await failure(download(silent.url, path, file))).message).toMatch(/ECONNREFUSED/);
  });
});
