/**
 * `npm run docs`: the reference of the library in docs/api, one page an entry point, from the docstrings in src/. The
 * same sources give the same bytes. A public export without a docstring, and a link that leads nowhere, are errors.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from '../lib/dependencies.js';
import { createLog, main, SetupError, since } from '../lib/log.js';
import { checkNode } from '../lib/nodeVersion.js';
import { root, run } from '../lib/run.js';
import { brokenLinks } from './links.js';
import { tidy } from './tidy.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(root, 'docs/api');

await main(async () => {
  checkNode();
  const log = createLog();
  const start = Date.now();
  await ensureDependencies(log);
  await ensureDependencies(log, here);
  const raw = await mkdtemp(join(tmpdir(), 'tabgrad-docs-'));
  try {
    const typedoc = join(here, 'node_modules/typedoc/bin/typedoc');
    const { code, output } = await run(process.execPath, [typedoc, '--out', raw], { cwd: here });
    if (code !== 0) throw new SetupError(`typedoc failed with exit status ${code}:\n${output}`);
    const pages = await readPages(raw);
    const broken = brokenLinks(pages);
    if (broken.length > 0) throw new SetupError(`Links that lead nowhere:\n${broken.join('\n')}`);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    for (const [name, text] of pages) await writeFile(join(target, name), text);
    log.say(`Reference (docs/api/): ${pages.size} pages in ${since(start)}.`);
  } finally {
    await rm(raw, { recursive: true, force: true });
  }
});

/** @param {string} folder @returns {Promise<Map<string, string>>} tidied pages by file name */
async function readPages(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  /** @type {Map<string, string>} */
  const pages = new Map();
  for (const name of names) pages.set(name, tidy(await readFile(join(folder, name), 'utf8')));
  return pages;
}
