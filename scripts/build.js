/** `npm run build`: the page in dist/, the library with its declarations in lib/. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError, since } from './lib/log.js';
import { checkNode } from './lib/nodeVersion.js';
import { root, runTool } from './lib/run.js';

/** @type {[title: string, tool: 'vite' | 'tsc', args: string[]][]} */
const steps = [
  ['Page (dist/)', 'vite', ['build', '--logLevel', 'warn']],
  ['Library (lib/)', 'vite', ['build', '--mode', 'library', '--logLevel', 'warn']],
  ['Declarations (lib/)', 'tsc', ['--project', 'tsconfig.lib.json']],
];

await main(async () => {
  checkNode();
  const log = createLog();
  await ensureDependencies(log);
  await rm(join(root, 'lib'), { recursive: true, force: true });
  for (const [title, tool, args] of steps) {
    const start = Date.now();
    const { code, output } = await runTool(tool, args);
    if (code !== 0) throw new SetupError(`${title} failed with exit status ${code}:\n${output}`);
    log.say(`${title}: built in ${since(start)}.`);
  }
});
