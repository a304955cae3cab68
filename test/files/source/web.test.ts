import { readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AbortError, DownloadError, ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { createProgress } from '../../../src/files/source/progress.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ProgressEvent } from '../../../src/types.ts';

const folder = 'public/weights/all-MiniLM-L6-v2';
const weightsBytes = statSync(`${folder}/model.safetensors`).size;
const page = '<!doctype html><html><body>A single-page app</body></html>';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** @returns the address of a server on this machine that answers with the listener. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((listening) => server!.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves the real model below /models/mini/, and 404 elsewhere. */
const realModel: RequestListener = (request, response) => {
  const path = request.url!.replace(/^\/models\/mini\//, '').replace(/\?.*/, '');
  if (!request.url!.startsWith('/models/mini/')) return void response.writeHead(404).end();
  try {
    const content = readFileSync(join(folder, path));
    response.writeHead(200, { 'content-length': content.length }).end(content);
  } catch {
    response.writeHead(404).end();
  }
};

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have been refused'),
    (error: unknown) => error,
  );
}

describe('a URL', () => {
  it('gives files, and progress in order', async () => {
    const events: ProgressEvent[] = [];
    const source = await openSource(`${await serve(realModel)}/models/mini`, {
      onProgress: (event) => events.push(event),
    });
    const [config, modules, none, weights] = await Promise.all([
      source.json('config.json'),
      source.optionalJson('modules.json'),
      source.optionalJson('no/such.json'),
      source.blob('model.safetensors'),
    ]);
    expect(config).toMatchObject({ model_type: 'bert', hidden_size: 384 });
    expect(modules).toHaveLength(3);
    expect(none).toBeUndefined();
    expect(weights).toBeInstanceOf(Blob);
    expect((await openSafetensors(weights)).tensors.size).toBe(104);

    const ofWeights = events.filter((event) => 'file' in event && event.file === 'model.safetensors');
    const order = ofWeights.map(({ status }) => status);
    expect(order.slice(0, 3)).toEqual(['initiate', 'download', 'progress']);
    expect(order.at(-1)).toBe('done');
    const progress = ofWeights.filter((event) => event.status === 'progress');
    expect(progress.every(({ total }) => total === weightsBytes)).toBe(true);
    expect(progress.at(-1)).toMatchObject({ loaded: weightsBytes, progress: 100 });
    const loaded = progress.map((event) => event.loaded);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));

    const totals = events.filter((event) => event.status === 'progress_total');
    const small = ['config.json', 'modules.json'].reduce(
      (sum, name) => sum + statSync(`${folder}/${name}`).size,
      0,
    );
    expect(totals.at(-1)).toEqual({
      status: 'progress_total',
      loaded: weightsBytes + small,
      total: weightsBytes + small,
      progress: 100,
    });
    expect(totals.slice(0, -1).every(({ progress: percent }) => percent <= 100)).toBe(true);
  });

  it('is reported at most 20 times a second, and never as finished before the weights are', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const totals: { total: number; progress: number }[] = [];
    const progress = createProgress((event) => {
      if (event.status === 'progress_total') totals.push(event);
    });
    const load = (file: string, bytes: number) => {
      const one = progress(file);
      one.start(bytes);
      for (let piece = 1; piece <= 50; piece++) {
        one.advance((piece * bytes) / 50);
        vi.advanceTimersByTime(6);
      }
      one.done();
    };
    load('tokenizer.json', 1000);
    expect(totals).toEqual([]);
    load('model.safetensors', 100_000);
    // At once, at each 50 ms of 300, and at the end.
    expect(totals).toHaveLength(7);
    expect(totals.every(({ total }) => total === 101_000)).toBe(true);
    expect(totals[0]!.progress).toBeLessThan(50);
    expect(totals.at(-1)!.progress).toBe(100);
  });

  it('keeps its query, and may have blanks and a slash at the end', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(request.url!);
      response.end('{}');
    });
    await (await openSource(`${url}/my models/a/?key=1`)).json('1_Pooling/config.json');
    expect(asked).toEqual(['/my%20models/a/1_Pooling/config.json?key=1']);
  });

  it('of a compressing server works, with an unknown total', async () => {
    const events: ProgressEvent[] = [];
    const url = await serve((_, response) => {
      const content = gzipSync(JSON.stringify({ text: 'x'.repeat(100_000) }));
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': content.length }).end(content);
    });
    const source = await openSource(url, { onProgress: (event) => events.push(event) });
    expect(await source.json('config.json')).toEqual({ text: 'x'.repeat(100_000) });
    expect(events.find(({ status }) => status === 'progress')).toMatchObject({ total: 0, progress: 0 });
    expect(events.at(-2)).toMatchObject({ status: 'progress', total: 100_011, progress: 100 });
  });

  it('can be aborted in the middle of a body', async () => {
    const controller = new AbortController();
    let closed: () => void = () => {};
    const connectionClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await serve((_, response) => {
      response.on('close', closed);
      response.writeHead(200, { 'content-length': 1_000_000 }).write(Buffer.alloc(1000));
    });
    const source = await openSource(url, {
      signal: controller.signal,
      onProgress: ({ status }) => status === 'progress' && controller.abort(),
    });
    const error = await thrownBy(source.blob('model.safetensors'));
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toHaveProperty('name', 'AbortError');
    await connectionClosed;
    expect(await thrownBy(source.optionalJson('config.json'))).toBeInstanceOf(AbortError);
  });

  it.each([404, 403, 500])('names the URL and the status %s', async (status) => {
    const url = await serve((_, response) => void response.writeHead(status).end('no'));
    const error = await thrownBy((await openSource(`${url}/m`)).json('config.json'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({ url: `${url}/m/config.json`, status });
    expect(String(error)).toContain(`the server answered ${status}`);
  });

  it('does not take a forbidden file for a missing one', async () => {
    const url = await serve((_, response) => void response.writeHead(403).end());
    expect(await thrownBy((await openSource(url)).optionalJson('modules.json'))).toMatchObject({
      status: 403,
    });
  });

  it('says so when a body ends too early', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 5000 });
      response.write(Buffer.alloc(100), () => response.socket?.destroySoon());
    });
    const error = await thrownBy((await openSource(url, { retryDelay: 5 })).blob('model.safetensors'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toHaveProperty('url', `${url}/model.safetensors`);
  });

  it('says so when nobody answers', async () => {
    const url = await serve(() => {});
    server!.close();
    await new Promise((done) => server!.once('close', done));
    const error = await thrownBy((await openSource(url)).json('config.json'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toHaveProperty('url', `${url}/config.json`);
    expect(String(error)).toMatch(/ECONNREFUSED/);
  });

  const fallbacks: [string, Record<string, string>][] = [
    ['as text/html', { 'content-type': 'text/html; charset=utf-8' }],
    ['without a type', {}],
    ['under a wrong type', { 'content-type': 'application/json' }],
  ];
  it.each(fallbacks)('takes an HTML page for a missing file: %s', async (_name, headers) => {
    const url = await serve((_, response) => void response.writeHead(200, headers).end(page));
    const source = await openSource(url);
    expect(await source.optionalJson('modules.json')).toBeUndefined();
    for (const read of [source.json('config.json'), source.blob('model.safetensors')]) {
      const error = await thrownBy(read);
      expect(error).toBeInstanceOf(ModelFormatError);
      expect(String(error)).toMatch(
        /There is no (config.json|model.safetensors) in http:.*HTML page instead/,
      );
    }
  });

  it('says so when there are only weights in PyTorch’s own format', async () => {
    const url = await serve(
      (request, response) => void response.writeHead(request.url === '/pytorch_model.bin' ? 200 : 404).end(),
    );
    const error = await thrownBy((await openSource(url)).blob('model.safetensors'));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(String(error)).toMatch(
      /has pytorch_model.bin and no model.safetensors\. Only safetensors is read/,
    );
  });

  it.each(['{', '', '\u0000', 'not json'])('refuses a JSON file that is %j', async (content) => {
    const url = await serve((_, response) => void response.end(content));
    const error = await thrownBy((await openSource(url)).optionalJson('modules.json'));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toHaveProperty('file', 'modules.json');
  });
});
