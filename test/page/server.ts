import { createReadStream, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connect, type Plugin, preview } from 'vite';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The page as `npx vite build` makes it; PAGE_DIST names another folder. */
export const builtPage = process.env.PAGE_DIST ?? 'dist';

/** A name that is not localhost, for which the browser asks the same server: no secure context there. */
export const elsewhere = 'elsewhere.test';

/** A served site, and the model's large file in the server's hand. */
export interface Site {
  url: string;
  /** Paths of all requests that came, in their order. */
  asked: string[];
  weights: {
    /** What the rest of the file waits for, behind its first 20 MB; as fast as it goes if left out. */
    gate?: Promise<unknown>;
    /** Answer with this status instead. */
    status?: number;
    /** Transfers that the browser gave up. */
    givenUp: number;
    /** Transfers that were completed. */
    completed: number;
  };
  close(): Promise<void>;
}

/**
 * Serves a built site with vite's preview server, and the model's folder from public/.
 * @param folder of the build, relative to the repository
 * @throws Error saying what to do when there is no build
 */
export async function serve(folder: string): Promise<Site> {
  const outDir = resolve(root, folder);
  if (!existsSync(join(outDir, 'index.html'))) {
    throw new Error(`There is no built page in ${folder}/. Run \`npx vite build\` first.`);
  }
  const asked: string[] = [];
  const weights: Site['weights'] = { givenUp: 0, completed: 0 };
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    // A missing file is answered with 404, not with the page.
    appType: 'mpa',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0, allowedHosts: [elsewhere] },
    plugins: [siteServer(asked, weights)],
  });
  return { url: server.resolvedUrls!.local[0]!, asked, weights, close: () => server.close() };
}

function siteServer(asked: string[], weights: Site['weights']): Plugin {
  const answer: Connect.NextHandleFunction = async (request, response, next) => {
    const path = request.url!.split('?')[0]!;
    asked.push(path);
    const file = join(root, 'public', path);
    if (!path.startsWith('/weights/') || !existsSync(file)) return next();
    const isLarge = path.endsWith('.safetensors');
    if (isLarge && weights.status) {
      response.writeHead(weights.status).end();
      return;
    }
    response.writeHead(200, { 'content-length': statSync(file).size });
    const closed = once(response, 'close');
    let sent = 0;
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      if (response.destroyed) break;
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
      sent += 1;
      if (isLarge && sent === 20) await Promise.race([weights.gate, closed]);
    }
    if (isLarge) weights[response.destroyed ? 'givenUp' : 'completed']++;
    response.end();
  };
  return {
    name: 'site',
    configurePreviewServer: ({ middlewares }) => void middlewares.use(answer),
  };
}

function once(emitter: NodeJS.EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => emitter.once(event, () => resolve()));
}
