import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { turns } from './waiting.ts';

/** How the large files are sent, so far as that is not as it should be. */
export interface Trouble {
  /** Break the connection after so many bytes of a body, as often as `times` says. */
  cutAfter?: number;
  /** Send nothing more after so many bytes, and leave the connection open. */
  stallAfter?: number;
  /** How often; 1 if left out. */
  times?: number;
  /** Answer ranges with the whole file. */
  ignoresRanges?: boolean;
  /** Send no ETag. */
  hasNoEtag?: boolean;
  /** What x-linked-size says instead of the truth. */
  linkedSize?: number;
}

export interface Asked {
  path: string;
  method: string;
  range: string | undefined;
  ifRange: string | undefined;
  status: number;
}

export interface HubServer {
  url: string;
  /** Contents by path: 'owner/name/resolve/main/config.json'. */
  files: Map<string, Buffer>;
  trouble: Trouble;
  /** Answers instead of the hub, if it returns true. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Every request, in order; what was redirected is there twice. */
  asked: Asked[];
  close(): Promise<void>;
}

const exposed = 'ETag, X-Linked-Size, X-Error-Code, Accept-Ranges, Content-Range';
const isLarge = (path: string) => path.endsWith('.safetensors');
const etagOf = (content: Buffer) => `"${createHash('sha256').update(content).digest('hex')}"`;

/**
 * A server on this machine that behaves like a model hub: large files are redirected, have an ETag, and come in
 * ranges.
 */
export async function startHub(): Promise<HubServer> {
  const hub = { files: new Map(), trouble: {}, instead: undefined, asked: [] } as unknown as HubServer;
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1).replace(/\?.*/, ''));
    response.on('close', () =>
      hub.asked.push({
        path,
        method: request.method!,
        range: request.headers.range,
        ifRange: request.headers['if-range'] as string | undefined,
        status: response.statusCode,
      }),
    );
    // Open to pages of all origins, as hubs are, but not for requests that need a preflight.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', exposed);
    if (hub.instead?.(request, response)) return;
    answer(hub, path, request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hub.close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(() => closed()));
  };
  return hub;
}

function answer(hub: HubServer, path: string, request: IncomingMessage, response: ServerResponse): void {
  const fromStore = path.startsWith('store/');
  const content = hub.files.get(fromStore ? path.slice('store/'.length) : path);
  if (!content) {
    response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end('Entry not found');
  } else if (isLarge(path) && !fromStore) {
    const headers = { location: `/store/${encodeURI(path)}?signature=1`, 'x-linked-size': content.length };
    response.writeHead(302, headers).end();
  } else if (isLarge(path)) {
    sendLarge(hub, content, request, response);
  } else {
    response.writeHead(200, { 'content-length': content.length, etag: etagOf(content) }).end(content);
  }
}

function sendLarge(
  hub: HubServer,
  content: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { trouble } = hub;
  const etag = etagOf(content);
  const headers: Record<string, string | number> = { 'accept-ranges': 'bytes' };
  if (!trouble.hasNoEtag) headers.etag = etag;
  if (trouble.linkedSize !== undefined) headers['x-linked-size'] = trouble.linkedSize;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const condition = request.headers['if-range'];
  const isRange =
    !trouble.ignoresRanges && Number.isFinite(from) && (condition === undefined || condition === etag);
  if (isRange && from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = isRange ? content.subarray(from) : content;
  if (isRange) headers['content-range'] = `bytes ${from}-${content.length - 1}/${content.length}`;
  response.writeHead(isRange ? 206 : 200, { ...headers, 'content-length': body.length });
  const stop = trouble.cutAfter ?? trouble.stallAfter;
  if (stop === undefined || stop >= body.length || (trouble.times ?? 1) <= 0) {
    response.end(body);
    return;
  }
  trouble.times = (trouble.times ?? 1) - 1;
  response.write(body.subarray(0, stop), () => {
    // A reader loses what it has not read by then, so what was written gets its turns.
    if (trouble.cutAfter !== undefined) void turns().then(() => response.destroy());
  });
}
