/** The built page on localhost. */
import { spawn } from 'node:child_process';
import { SetupError } from './log.js';
import { root } from './run.js';

/**
 * Serves dist on localhost until Ctrl-C.
 * @param {number} port where the search for a free one begins
 * @returns {Promise<string>} the page's URL
 */
export async function serve(port) {
  // Imported late: there is no vite before the packages are installed.
  const { preview } = await import('vite');
  const server = await preview({ root, logLevel: 'warn', preview: { port, host: 'localhost', open: false } });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => process.exit(0));
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new SetupError(`vite preview serves nothing on localhost, port ${port}.`);
  return url;
}

/**
 * Opens the page where somebody can see it: not in CI, not on a Linux without a display.
 * @param {string} url
 */
export function openBrowser(url, env = process.env, platform = process.platform) {
  const words = browserCommand(url, env, platform);
  if (!words) return;
  const [command, ...args] = words;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {}); // No such command: the URL is on the screen.
  child.unref();
}

/**
 * @param {string} url
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @returns {[string, ...string[]] | undefined} the command and its arguments
 */
export function browserCommand(url, env, platform) {
  if (env.CI) return undefined;
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['cmd', '/c', 'start', '', url];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open', url] : undefined;
}
