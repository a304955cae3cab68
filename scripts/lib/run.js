/** Child processes: quiet, shown, or both. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the repository's folder
 * @property {NodeJS.ProcessEnv} [env] default: this process's; its PATH also says where the command is looked for
 * @property {boolean} [show] write the output to this process's stdout while it comes
 * @property {string} [input] text for its stdin
 * @property {number} [timeoutMs] the process is killed after this time
 */

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} exit status (127: there is no such command; 1: killed) and
 * stdout with stderr
 */
export function run(command, args, { cwd = root, env = process.env, show = false, input, timeoutMs } = {}) {
  return new Promise((resolve) => {
    // npm and its like are .cmd files on Windows, which only a shell can start.
    const shell = command.endsWith('.cmd');
    const child = spawn(command, args, { cwd, env, shell, timeout: timeoutMs, stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.stdin.on('error', () => {}); // The child may end without reading its input: its exit status tells.
    child.stdin.end(input);
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const tools = {
  biome: '@biomejs/biome/bin/biome',
  tsc: 'typescript/bin/tsc',
  vite: 'vite/bin/vite.js',
  vitest: 'vitest/vitest.mjs',
};

/**
 * Runs a tool of node_modules, the pinned one, with this very Node (no shell, no PATH: the same on every system).
 * @param {keyof typeof tools} name
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runTool(name, args, options) {
  return run(process.execPath, [join(root, 'node_modules', tools[name]), ...args], options);
}
