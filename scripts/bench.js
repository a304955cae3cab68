/**
 * `npm run bench`: embeds the same batches with tabgrad and with its peers on the adapter that Dawn finds, each in a
 * process of its own, in turn, and prints times and ratios.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError } from './lib/log.js';
import { ensureModel } from './lib/model.js';
import { checkNode } from './lib/nodeVersion.js';
import { root, run } from './lib/run.js';
import { vulkanEnv } from './lib/vulkan.js';

const libraries = ['tabgrad', 'jax-js', 'tensorflow-js'];
const ROUNDS = 2;
const REPEATS = 5;

/**
 * @typedef {{ shape: string, firstMs: number, bestMs: number, medianMs: number, dispatches: number, difference: number }} Result
 * @typedef {{ name: string, version: string, adapter: string, results: Result[] }} Report
 */

await main(async () => {
  checkNode();
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : libraries;
  const unknown = chosen.filter((name) => !libraries.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(
      `npm run bench knows no "${unknown.join('", "')}". It knows ${libraries.join(', ')}.`,
    );
  }
  const log = createLog();
  await ensureDependencies(log);
  await ensureDependencies(log, join(root, 'bench/peers'));
  await ensureModel(log);
  const { code, output } = await run(process.execPath, ['scripts/build.js']);
  if (code !== 0 || !existsSync(join(root, 'lib/index.js'))) throw new SetupError(output);

  const env = await vulkanEnv();
  /** @type {Map<string, Report>} */
  const best = new Map();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const library of chosen) {
      log.say(`Round ${round} of ${ROUNDS}: ${library} …`);
      const report = await measure(library, env);
      const before = best.get(library);
      best.set(library, before ? fastest(before, report) : report);
    }
  }
  show([...best.values()], log);
});

/** @param {string} library @param {NodeJS.ProcessEnv} env @returns {Promise<Report>} */
async function measure(library, env) {
  const { code, output } = await run(
    process.execPath,
    ['bench/peers/run.js', library, '--repeats', String(REPEATS)],
    { env },
  );
  const line = output.split('\n').find((text) => text.startsWith('{"name"'));
  if (code !== 0 || !line) throw new SetupError(`${library} failed with exit status ${code}:\n${output}`);
  return JSON.parse(line);
}

/** Of two runs of a library the lower time of each shape; the first call's is that of the first run. @param {Report} a @param {Report} b */
function fastest(a, b) {
  const results = a.results.map((result, i) => ({
    ...result,
    bestMs: Math.min(result.bestMs, b.results[i].bestMs),
    medianMs: Math.min(result.medianMs, b.results[i].medianMs),
  }));
  return { ...a, results };
}

/** @param {Report[]} reports @param {import('./lib/log.js').Log} log */
function show(reports, log) {
  const [own] = reports;
  log.say(
    `\nAdapter: ${own.adapter}. Best of ${ROUNDS} × ${REPEATS} calls; median in brackets; the ratio is of the best.`,
  );
  log.say(
    '| sentences × tokens | library | ms | sentences/s | tabgrad is faster by | dispatches | first call, ms | max difference to Python |',
  );
  log.say('|---|---|---|---|---|---|---|---|');
  own.results.forEach((ours, i) => {
    for (const { name, version, results } of reports) {
      const { shape, bestMs, medianMs, dispatches, firstMs, difference } = results[i];
      const sentences = Number.parseInt(shape, 10);
      const cells = [
        shape.replace('x', ' × '),
        `${name} ${version}`,
        `${bestMs.toFixed(1)} (${medianMs.toFixed(1)})`,
        ((1000 * sentences) / bestMs).toFixed(1),
        name === own.name ? '' : `${(bestMs / ours.bestMs).toFixed(2)}×`,
        dispatches,
        firstMs.toFixed(0),
        difference === null ? '' : difference.toExponential(1),
      ];
      log.say(`| ${cells.join(' | ')} |`);
    }
  });
}
