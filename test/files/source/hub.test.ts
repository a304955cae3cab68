import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, DownloadError, ModelFormatError } from '../../../src/errors.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ProgressEvent } from '../../../src/types.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';

const id = 'some-owner/some.model_v2';
const at = (path: string, revision = 'main') => `${id}/resolve/${revision}/${path}`;
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3));

let hub: HubServer;
beforeEach(async () => {
  hub = await startHub();
  hub.files.set(at('config.json'), Buffer.from('{"model_type":"bert"}'));
  hub.files.set(at('model.safetensors'), weights);
});
afterEach(() => hub.close());

const open = (options: Parameters<typeof openSource>[1] = {}) =>
  openSource(id, { hub: hub.url, retryDelay: 5, ...options });
/** toEqual takes a second for so many bytes. */
const isSame = async (file: Blob | Uint8Array<ArrayBuffer>, expected: Buffer) =>
  expected.equals(Buffer.from(await new Blob([file]).arrayBuffer()));

async function thrownBy(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    () => expect.fail('it should have been refused'),
    (error) => error,
  );
}

/** Requests for the body of the weights. */
const bodies = () => hub.asked.filter(({ path }) => path.startsWith('store/'));

describe('a hub id', () => {
  it('leads to the files of main, through redirects', async () => {
    const events: ProgressEvent[] = [];
    const source = await open({ onProgress: (event) => events.push(event) });
    expect(await source.json('config.json')).toEqual({ model_type: 'bert' });
    expect(await source.optionalJson('modules.json')).toBeUndefined();
    expect(await isSame(await source.blob('model.safetensors'), weights)).toBe(true);
    expect(events.at(-1)).toEqual({ status: 'done', file: 'model.safetensors', cached: false });
    expect(hub.asked[0]!.path).toBe(`${id}/resolve/main/config.json`);
  });

  it('takes a revision, slashes and all, and a hub in a folder', async () => {
    hub.files.set(at('config.json', 'refs/pr/1'), Buffer.from('{"of":"pr"}'));
    hub.files.set(`mirror/${at('config.json', 'v1')}`, Buffer.from('{"of":"mirror"}'));
    expect(await (await open({ revision: 'refs/pr/1' })).json('config.json')).toEqual({ of: 'pr' });
    const mirrored = await open({ revision: 'v1', hub: `${hub.url}/mirror/` });
    expect(await mirrored.json('config.json')).toEqual({ of: 'mirror' });
  });

  it('is a folder in Node where there is one', async () => {
    const source = await openSource('public/weights', { hub: hub.url });
    expect(await source.optionalJson('no.json')).toBeUndefined();
    expect(hub.asked).toEqual([]);
  });

  it.each([
    [{ revision: '' }, 'revision'],
    [{ revision: '..' }, 'revision'],
    [{ revision: 7 }, 'revision'],
    [{ hub: 'nowhere' }, 'hub'],
    [{ hub: null }, 'hub'],
  ])('refuses %j', async (options, argument) => {
    const error = await thrownBy(open(options as object));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.argument).toBe(argument);
  });
});

describe('an answer that is not the file', () => {
  it.each([
    [401, /no public model some-owner\/some.model_v2: check the spelling.*written \.\/some-owner/],
    [403, /gated or private/],
    [404, /no such file at the revision main/],
    [500, /on its side: try again later/],
    [502, /on its side: try again later/],
  ])('names status %s and what to do', async (status, advice) => {
    hub.instead = (_, response) => Boolean(response.writeHead(status).end('no'));
    const error = await thrownBy((await open()).json('config.json'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({ url: `${hub.url}/${at('config.json')}`, status });
    expect(error.message).toMatch(advice);
  });

  const soon = () => new Date(Date.now() + 90_000).toUTCString();
  it.each([
    ['seconds', () => '42', 42, 42, 1],
    ['a date', soon, 80, 91, 1],
    ['a date that is over', () => new Date(0).toUTCString(), 0, 0, 3],
  ])('passes Retry-After on: %s', async (_, header, least, most, requests) => {
    hub.instead = (_, response) => Boolean(response.writeHead(429, { 'retry-after': header() }).end());
    const error = await thrownBy((await open()).json('config.json'));
    expect(error.message).toMatch(/too many requests.*It asks to wait \d+ s\./);
    expect(error.retryAfter).toBeGreaterThanOrEqual(least);
    expect(error.retryAfter).toBeLessThanOrEqual(most);
    expect(hub.asked).toHaveLength(requests);
  });

  it('has no time to wait where the server says none', async () => {
    hub.instead = (_, response) => Boolean(response.writeHead(429, { 'retry-after': 'soon' }).end());
    expect(await thrownBy((await open()).json('config.json'))).not.toHaveProperty('retryAfter');
  });

  it.each([
    ['an HTML page', 'text/html', '<!doctype html><p>Log in'],
    ['an HTML page under another name', 'application/json', '\n <html><p>Log in'],
    ['XML', 'application/octet-stream', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
  ])('may be %s with status 200, which is never a missing file', async (_, type, body) => {
    hub.instead = (_, response) => Boolean(response.writeHead(200, { 'content-type': type }).end(body));
    const source = await open();
    for (const read of [source.optionalJson('modules.json'), source.blob('model.safetensors')]) {
      const error = await thrownBy(read);
      expect(error).toBeInstanceOf(DownloadError);
      expect(error.message).toMatch(/came as an HTML page, not as the file: a login or error page/);
    }
  });

  it.each([
    ['{"error":"Repository not found"}', /"Repository not found"/],
    ['{"Message":"Forbidden","requestId":"1"}', /"Forbidden"/],
    ['{"status":503,"errors":[{"code":1}]}', /code/],
  ])('may be a JSON message with status 200: %s', async (body, message) => {
    hub.instead = (_, response) => Boolean(response.writeHead(200).end(body));
    const source = await open();
    for (const read of [source.optionalJson('modules.json'), source.blob('model.safetensors')]) {
      const error = await thrownBy(read);
      expect(error).toBeInstanceOf(DownloadError);
      expect(error.message).toMatch(message);
    }
  });

  it('is not seen where a file only looks like one', async () => {
    const files = ['{}', '[]', '{"error":"x","model_type":"bert"}', '{"type":"x"}', 'null'];
    for (const file of files) {
      hub.files.set(at('config.json'), Buffer.from(file));
      expect(await (await open()).json('config.json')).toEqual(JSON.parse(file));
    }
  });

  it('says so where only pytorch_model.bin is there', async () => {
    hub.files.delete(at('model.safetensors'));
    hub.files.set(at('pytorch_model.bin'), Buffer.from('x'));
    const error = await thrownBy((await open()).blob('model.safetensors'));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error.message).toMatch(
      /^some-owner\/some.model_v2 \(main\) on 127.0.0.1:\d+ has pytorch_model.bin/,
    );
  });
});

describe('a download that is cut', () => {
  const loadedOf = (events: ProgressEvent[]) =>
    events.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));

  it('goes on where it was, as often as four times', async () => {
    hub.trouble = { cutAfter: 60_000, times: 4 };
    const events: ProgressEvent[] = [];
    const source = await open({ onProgress: (event) => events.push(event) });
    expect(await isSame(await source.blob('model.safetensors'), weights)).toBe(true);
    const asked = bodies();
    expect(asked.map(({ status }) => status)).toEqual([200, 206, 206, 206, 206]);
    expect(asked.map(({ range }) => range)).toEqual(
      [undefined, 60_000, 120_000, 180_000, 240_000].map((from) => from && `bytes=${from}-`),
    );
    expect(asked.slice(1).every(({ ifRange }) => /^"[0-9a-f]{64}"$/.test(ifRange!))).toBe(true);
    const loaded = loadedOf(events);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(events.filter(({ status }) => status === 'download')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ status: 'done' });
  });

  it('is given up after that, and says how far it came', async () => {
    hub.trouble = { cutAfter: 20_000, times: 5 };
    const error = await thrownBy((await open()).blob('model.safetensors'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(/ended after 100000 of 300000 bytes: .*Try again later/);
    expect(error.url).toBe(`${hub.url}/${at('model.safetensors')}`);
  });

  it.each([
    ['the server ignores ranges', { ignoresRanges: true }],
    ['there is no ETag', { hasNoEtag: true }],
  ])('begins again where %s', async (_, trouble) => {
    hub.trouble = { cutAfter: 200_000, ...trouble };
    expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
    expect(bodies().map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([
    ['longer', 400_000],
    ['shorter than what had come', 1000],
  ])('begins again where the file changed meanwhile, and is %s now', async (_, length) => {
    hub.trouble = { cutAfter: 200_000 };
    const changed = Buffer.alloc(length, 7);
    const source = await open();
    const reading = source.blob('model.safetensors');
    await expect.poll(() => bodies().length, { interval: 1 }).toBe(1);
    hub.files.set(at('model.safetensors'), changed);
    expect(await isSame(await reading, changed)).toBe(true);
  });

  it('counts as cut when nothing comes for a while', async () => {
    hub.trouble = { stallAfter: 100_000 };
    const source = await open({ stallTimeout: 1000 });
    expect(await isSame(await source.blob('model.safetensors'), weights)).toBe(true);
    expect(bodies().map(({ range }) => range)).toEqual([undefined, 'bytes=100000-']);
  });

  it('is not waited for when no answer comes at all', async () => {
    hub.instead = () => true;
    const error = await thrownBy((await open({ stallTimeout: 100 })).json('config.json'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(/nothing came for 0.1 s/);
  });

  it('is refused when it is longer than announced', async () => {
    hub.trouble = { linkedSize: 1000 };
    const error = await thrownBy((await open()).blob('model.safetensors'));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(/not what the server announced.* said 1000\./);
  });

  it('is refused when it is always shorter than announced', async () => {
    hub.trouble = { linkedSize: 300_001 };
    const error = await thrownBy((await open()).blob('model.safetensors'));
    expect(error.message).toMatch(/of 300001 bytes|ended after/);
  });

  it('tries again after a 503 in between, and ends with what was said', async () => {
    hub.trouble = { cutAfter: 60_000, times: 1 };
    let refusals = 2;
    hub.instead = (request, response) =>
      request.headers.range !== undefined && refusals-- > 0 && Boolean(response.writeHead(503).end());
    expect(await isSame(await (await open()).blob('model.safetensors'), weights)).toBe(true);
    hub.trouble = { cutAfter: 60_000, times: 1 };
    refusals = 9;
    expect(await thrownBy((await open()).blob('model.safetensors'))).toMatchObject({ status: 503 });
  });

  it('can be aborted while it waits to go on', async () => {
    hub.trouble = { cutAfter: 60_000 };
    const controller = new AbortController();
    const source = await open({ retryDelay: 60_000, signal: controller.signal });
    const reading = thrownBy(source.blob('model.safetensors'));
    await expect.poll(() => bodies().length).toBe(1);
    controller.abort();
    expect(await reading).toBeInstanceOf(AbortError);
  });
});
