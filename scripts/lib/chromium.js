/** The browser that the page's tests drive. */
import { delimiter, join } from 'node:path';
import { sizeOf } from './files.js';
import { run } from './run.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const inAppFolders = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const inProgramFiles = ['Google/Chrome/Application/chrome.exe', 'Chromium/Application/chrome.exe'];

/**
 * The path of a Chromium or Chrome that starts: CHROMIUM_PATH's, or one on PATH, or one where macOS and Windows keep
 * it.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {Promise<string | undefined>}
 */
export async function findChromium(env = process.env, platform = process.platform) {
  for (const path of candidates(env, platform)) {
    if ((await sizeOf(path)) < 0) continue;
    // Windows' chrome.exe opens a window when it is asked for its version.
    if (platform === 'win32') return path;
    // Ubuntu's chromium-browser without its snap is a script that only says so.
    const { code } = await run(path, ['--version'], { env, timeoutMs: 30_000 });
    if (code === 0) return path;
  }
  return undefined;
}

/** @param {NodeJS.ProcessEnv} env @param {NodeJS.Platform} platform @returns {string[]} */
function candidates(env, platform) {
  if (env.CHROMIUM_PATH) return [env.CHROMIUM_PATH];
  if (platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA];
    return folders.flatMap((folder) => (folder ? inProgramFiles.map((path) => join(folder, path)) : []));
  }
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return platform === 'darwin' ? [...inAppFolders, ...onPath] : onPath;
}
