import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DownloadError } from '../../../src/errors.ts';
import { openSource } from '../../../src/files/source/source.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';

/** What a server may do with one request for a file. */
const deeds = [
  'well',
  'cut',
  'cut without a length',
  'stall',
  'busy',
  'broken',
  'out of range',
  'another version',
  'a part of another version',
  'whole, whatever was asked',
  'another part',
  'part without its range',
  'compressed',
  'a page',
  'too much said',
  'no ETag',
  'weak ETag',
] as const;
type Deed = (typeof deeds)[number];

const SIZE = 6000;
/** Of equal lengths, and different everywhere. */
const contentOf = (version: number) =>
  Buffer.from(Uint8Array.from({ length: SIZE }, (_, i) => i * 7 + 31 * version));

let hub: HubServer;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.close());

/** Answers a request so. @returns the version from now on */
function answer(
  deed: Deed,
  version: number,
  at: number,
  request: IncomingMessage,
  response: ServerResponse,
): number {
  const now = deed.endsWith('another version') ? version + 1 : version;
  const content = contentOf(now);
  const etag = `"${now}"`;
  const headers: Record<string, string> =
    deed === 'no ETag' ? {} : { etag: deed === 'weak ETag' ? `W/${etag}` : etag };
  if (deed === 'busy') response.writeHead(429, { 'retry-after': '0' }).end();
  else if (deed === 'broken') response.writeHead(503).end();
  else if (deed === 'out of range') response.writeHead(416).end();
  else if (deed === 'a page') response.writeHead(200, headers).end('<html>Log in');
  else if (deed === 'compressed') {
    const body = gzipSync(content);
    response
      .writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': `${body.length}` })
      .end(body);
  } else {
    const asked = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    const condition = request.headers['if-range'];
    const isSame = condition === undefined || condition === etag || deed === 'a part of another version';
    const isPart = asked < SIZE && isSame && deed !== 'whole, whatever was asked';
    const from = !isPart ? 0 : deed === 'another part' ? Math.max(0, asked - 100) : asked;
    if (isPart && deed !== 'part without its range')
      headers['content-range'] = `bytes ${from}-${SIZE - 1}/${SIZE}`;
    const body = content.subarray(from);
    const length = body.length + (deed === 'too much said' ? 9 : 0);
    if (deed !== 'cut without a length') headers['content-length'] = `${length}`;
    response.writeHead(isPart ? 206 : 200, headers);
    const ends = !['cut', 'cut without a length', 'stall', 'too much said'].includes(deed);
    if (ends) response.end(body);
    else {
      response.write(body.subarray(0, deed === 'too much said' ? SIZE : at % body.length), () => {
        if (deed !== 'stall') response.socket?.destroySoon();
      });
    }
  }
  return now;
}

it('whatever a server does, a download is one of its versions whole, or a named error', async () => {
  let isWhole = 0;
  const plan = fc.array(fc.tuple(fc.constantFrom(...deeds), fc.nat(SIZE)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(plan, async (plan) => {
      let version = 1;
      let request = 0;
      hub.instead = (asked, response) => {
        const [deed, at] = plan[request++] ?? ['well', 0];
        version = answer(deed, version, at, asked, response);
        return true;
      };
      const source = await openSource('o/m', { hub: hub.url, retryDelay: 1, stallTimeout: 150 });
      try {
        const file = Buffer.from(await ((await source.blob('vocab.txt')) as Blob).arrayBuffer());
        const versions = Array.from({ length: version }, (_, i) => contentOf(i + 1));
        expect(versions.some((one) => one.equals(file))).toBe(true);
        isWhole++;
      } catch (error) {
        if (!(error instanceof DownloadError)) throw error;
      }
      expect(request).toBeLessThan(12);
    }),
    { numRuns: 150 },
  );
  expect(isWhole).toBeGreaterThan(40);
});
