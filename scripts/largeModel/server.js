import { createReadStream, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

/** @type {Record<string, string>} */
const types = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json' };

/**
 * Answers requests below a path with the files of a folder, and with 404 where there is none.
 * @param {string} folder
 * @param {string} path begins and ends with a slash
 * @param {import('node:http').RequestListener} [otherwise] answers requests of other paths
 * @returns {import('node:http').RequestListener}
 */
export function serveFolder(folder, path, otherwise) {
  return (request, response) => {
    const asked = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/');
    if (!asked.startsWith(path) && otherwise) return void otherwise(request, response);
    const inside = normalize(`/${asked.slice(path.length) || 'index.html'}`);
    const file = join(folder, inside);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': statSync(file).size });
    createReadStream(file).pipe(response);
  };
}
