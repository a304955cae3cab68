/** `npm start`: from a bare checkout to the page in a browser. */
// The default import: a Node that is too old lacks parseArgs, and shall hear so from checkNode.
import util from 'node:util';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError, since } from './lib/log.js';
import { ensureModel } from './lib/model.js';
import { checkNode } from './lib/nodeVersion.js';
import { runTool } from './lib/run.js';
import { openBrowser, serve } from './lib/serve.js';

const usage = `npm start -- [--port N] [--no-open]
  --port N    serve on this port or the next free one (default: the PORT variable, then 4173)
  --no-open   do not open a browser`;

await main(async () => {
  checkNode();
  const { port, open } = options();
  const log = createLog();
  await ensureDependencies(log);
  await ensureModel(log);

  const start = Date.now();
  log.say('Page: building …');
  const { code, output } = await runTool('vite', ['build', '--logLevel', 'warn']);
  if (code !== 0) throw new SetupError(`vite build failed with exit status ${code}:\n${output}`);
  log.say(`Page: built in ${since(start)}.`);

  const url = await serve(port);
  log.say(`\ntabgrad is at ${url} (Ctrl-C ends it)`);
  if (open) openBrowser(url);
});

/** @throws {SetupError} an option that is not known, or no port number */
function options() {
  /** @type {{ port?: string, 'no-open'?: boolean }} */
  let values;
  try {
    ({ values } = util.parseArgs({ options: { port: { type: 'string' }, 'no-open': { type: 'boolean' } } }));
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
  const given = values.port ?? (process.env.PORT || '4173');
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SetupError(`"${given}" is not a port: a whole number from 1 to 65535 is expected.\n\n${usage}`);
  }
  return { port, open: !values['no-open'] };
}
