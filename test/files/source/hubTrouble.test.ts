import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AbortError, DownloadError, ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ProgressEvent } from '../../../src/types.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';
import { turns } from '../../support/waiting.ts';

const id = 'owner/model';
const at = (path: string) => `${id}/resolve/main/${path}`;
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3));
const config = Buffer.from('{"model_type":"bert"}');

let hub: HubServer;
beforeEach(async () => {
  hub = await startHub();
  hub.files.set(at('config.json'), config);
  hub.files.set(at('model.safetensors'), weights);
});
afterEach(() => hub.close());

const open = (options: Parameters<typeof openSource>[1] = {}) =>
  openSource(id, { hub: hub.url, retryDelay: 5, ...options });
const isSame = async (file: Blob | Uint8Array<ArrayBuffer>, expected: Buffer) =>
  expected.equals(Buffer.from(await new Blob([file]).arrayBuffer()));
const thrownBy = (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  promise.then(
    () => expect.fail('it should have been refused'),
    (error) => error,
  );
const bodies = () => hub.asked.filter(({ path }) => path.startsWith('store/'));

describe('a server that is busy or broken', () => {
  /** So many times this answer, then the file. */
  const answerFirst = (times: number, status: number, headers: Record<string, string> = {}) => {
    hub.instead = (_, response) => times-- > 0 && Boolean(response.writeHead(status, headers).end());
  };

  it.each([429, 500, 502, 503, 504])('is asked twice more after %s', async (status) => {
    const events: ProgressEvent[] = [];
    answerFirst(2, status);
    const source = await open({ onProgress: (event) => events.push(event) });
    expect(await source.json('config.json')).toEqual({ model_type: 'bert' });
    expect([...new Set(events.map((event) => event.status))]).toEqual([
      'initiate',
      'download',
      'progress',
      'done',
    ]);
    expect(events.filter((event) => event.status === 'download')).toHaveLength(1);
    answerFirst(3, status);
    expect(await thrownBy(source.json('config.json'))).toMatchObject({ name: 'DownloadError', status });
    expect(hub.asked).toHaveLength(6);
  });

  it('is asked after the time that it asks for, and no sooner', async () => {
    answerFirst(1, 429, { 'retry-after': '1' });
    const start = performance.now();
    expect(await (await open()).json('config.json')).toEqual({ model_type: 'bert' });
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it('is not waited for longer than that is worth: the error says how long', async () => {
    answerFirst(9, 503, { 'retry-after': '11' });
    expect(await thrownBy((await open()).json('config.json'))).toMatchObject({ status: 503, retryAfter: 11 });
    expect(hub.asked).toHaveLength(1);
  });

  it('can be left while it is waited for', async () => {
    answerFirst(9, 503, { 'retry-after': '10' });
    const controller = new AbortController();
    const reading = thrownBy((await open({ signal: controller.signal })).json('config.json'));
    await expect.poll(() => hub.asked.length).toBe(1);
    controller.abort();
    expect(await reading).toBeInstanceOf(AbortError);
  });

  it('can be left before it has answered', async () => {
    let isAsked = false;
    let isLeft = false;
    hub.instead = (_, response) => {
      isAsked = true;
      response.on('close', () => (isLeft = true));
      return true;
    };
    const controller = new AbortController();
    const reading = thrownBy((await open({ signal: controller.signal })).json('config.json'));
    await expect.poll(() => isAsked, { interval: 1 }).toBe(true);
    controller.abort();
    expect(await reading).toBeInstanceOf(AbortError);
    await expect.poll(() => isLeft).toBe(true);
  });

  it.each([400, 401, 403, 404, 410])('and not after %s', async (status) => {
    answerFirst(9, status);
    await thrownBy((await open()).json('config.json'));
    expect(hub.asked).toHaveLength(1);
  });
});

describe('the store behind a hub', () => {
  it('may be another host: a cut download goes on there', async () => {
    const store = await startHub();
    store.files = hub.files;
    store.trouble = { cutAfter: 100_000, times: 2 };
    hub.instead = (request, response) =>
      request.url!.endsWith('.safetensors') &&
      Boolean(response.writeHead(302, { location: `${store.url}/store${request.url}` }).end());
    try {
      expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
      expect(store.asked.map(({ status, range }) => [status, range])).toEqual([
        [200, undefined],
        [206, 'bytes=100000-'],
        [206, 'bytes=200000-'],
      ]);
    } finally {
      await store.close();
    }
  });

  const etag = `"${createHash('sha256').update(weights).digest('hex')}"`;
  const send = (response: ServerResponse, status: number, headers: Record<string, string>, body: Buffer) =>
    Boolean(response.writeHead(status, { etag, ...headers }).end(body));

  it.each([
    ['another beginning', 'bytes 0-299999/300000', 0],
    ['another beginning, of an unknown length', 'bytes 0-299999/*', 0],
    ['another length', 'bytes 100000-199999/200000', 100_000],
    ['nonsense', 'bytes */*', 100_000],
  ])('may answer a range with %s: the download begins again', async (_, range, from) => {
    hub.trouble = { cutAfter: 100_000 };
    let isFirst = true;
    hub.instead = (request, response) => {
      if (!request.headers.range || !request.url!.startsWith('/store/') || !isFirst) return false;
      isFirst = false;
      return send(response, 206, { 'content-range': range }, weights.subarray(from));
    };
    expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
    expect(bodies().map(({ status }) => status)).toEqual([200, 206, 200]);
  });

  it('may answer a range without the length of the whole', async () => {
    hub.trouble = { cutAfter: 100_000 };
    hub.instead = (request, response) =>
      request.headers.range !== undefined &&
      request.url!.startsWith('/store/') &&
      send(response, 206, { 'content-range': 'bytes 100000-299999/*' }, weights.subarray(100_000));
    expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
    expect(bodies().map(({ status }) => status)).toEqual([200, 206]);
  });

  it('may never answer a request for a range: then the whole is asked for', async () => {
    hub.trouble = { cutAfter: 100_000 };
    hub.instead = (request, response) => request.headers.range !== undefined && Boolean(response.destroy());
    expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
    const ranges = hub.asked.map(({ range }) => range).filter((range) => range !== undefined);
    expect(ranges).toEqual(['bytes=100000-', 'bytes=100000-']);
  });

  it('may not answer with a part where the whole was asked for', async () => {
    hub.instead = (_, response) =>
      send(response, 206, { 'content-range': 'bytes 5-9/10' }, weights.subarray(5, 10));
    expect((await thrownBy((await open()).json('config.json'))).message).toMatch(/came in part/);
  });

  it('may compress: no length that it says is then the file’s', async () => {
    const body = gzipSync(config);
    hub.instead = (_, response) =>
      send(response, 200, { 'content-encoding': 'gzip', 'content-length': `${body.length}` }, body);
    expect(await (await open()).json('config.json')).toEqual({ model_type: 'bert' });
  });

  it('may say another length than it sends, less or more: never is a part taken for the whole', async () => {
    hub.instead = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write(config, () => void turns().then(() => response.destroy()));
      return true;
    };
    const error = await thrownBy((await open()).json('config.json'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(/ended after 21 of 100 bytes/);
  });
});

describe('a file in the place of another', () => {
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'53aa'.repeat(16)}\nsize 90868376\n`,
  );
  const page = Buffer.from('<!-- portal --><title>Log in</title>');
  const zip = Buffer.from('PK\x03\x04\x00\x00\x08\x08\x00\x00 an archive, as torch.save writes it');
  const files = {
    'm/config.json': new Uint8Array(pointer),
    'm/modules.json': new Uint8Array(page),
    'm/tokenizer.json': new Uint8Array(0),
  };

  it.each([
    ['a Git LFS pointer', pointer, /it is a Git LFS pointer.*git lfs pull/],
    ['a saved web page', page, /it is a web page that was saved in its place: download it again/],
    ['PyTorch’s archive', zip, /it is a zip archive, as PyTorch's own files are/],
    ['an empty file', Buffer.alloc(0), /it has 0 bytes/],
  ])('is named: %s as weights', async (_, content, message) => {
    const opening = thrownBy(openSafetensors(new Blob([new Uint8Array(content)])));
    expect(await opening).toBeInstanceOf(ModelFormatError);
    expect((await opening).message).toMatch(message);
  });

  it('is named where it should be JSON', async () => {
    const folder = await openSource(files);
    expect((await thrownBy(folder.json('config.json'))).message).toMatch(
      /^config.json is not JSON in UTF-8 \(it is a Git LFS pointer/,
    );
    expect((await thrownBy(folder.json('modules.json'))).message).toMatch(/it is a web page/);
    expect((await thrownBy(folder.json('tokenizer.json'))).message).toMatch(/it is empty/);
  });

  it('is never taken from a hub', async () => {
    for (const path of ['config.json', 'model.safetensors']) hub.files.set(at(path), page);
    const source = await open();
    for (const read of [source.json('config.json'), source.blob('model.safetensors')]) {
      expect((await thrownBy(read)).message).toMatch(/came as an HTML page/);
    }
    hub.files.set(at('config.json'), pointer);
    expect((await thrownBy(source.json('config.json'))).message).toMatch(/Git LFS pointer/);
  });
});

describe('weights in another form', () => {
  beforeEach(() => {
    hub.files.delete(at('model.safetensors'));
  });
  const message = async (options = {}) =>
    (await thrownBy((await open(options)).blob('model.safetensors'))).message;

  it.each(['pytorch_model.bin', 'pytorch_model.bin.index.json'])(
    'are converted by one line of Python, which the error gives: %s',
    async (name) => {
      hub.files.set(at(name), Buffer.from('x'));
      expect(await message()).toMatch(
        `has ${name} and no model.safetensors. Only safetensors is read: one line of Python converts it, ` +
          'SentenceTransformer("owner/model").save_pretrained("converted")',
      );
      hub.files.set(`${id}/resolve/v1/${name}`, Buffer.from('x'));
      expect(await message({ revision: 'v1' })).toMatch('SentenceTransformer("owner/model", revision="v1")');
    },
  );

  it.each(['model.onnx', 'onnx/model.onnx', 'tf_model.h5', 'flax_model.msgpack'])(
    'are named: %s',
    async (name) => {
      hub.files.set(at(name), Buffer.from('x'));
      expect(await message()).toMatch(
        `has ${name} and no model.safetensors. Only safetensors is read: this form`,
      );
    },
  );

  it('are not waited for where the server gives no answer', async () => {
    hub.instead = (request) => request.url!.endsWith('.bin');
    expect(await message({ stallTimeout: 2000 })).toMatch(/no such file at the revision main/);
  });
});

it('the name of a model without its owner is answered with how it is written', async () => {
  const error = await thrownBy((await openSource('all-MiniLM-L6-v2')).json('config.json'));
  expect(error).toMatchObject({ name: 'ModelFormatError', file: 'config.json' });
  expect(error.message).toMatch(/named with its owner: "sentence-transformers\/all-MiniLM-L6-v2"/);
});
