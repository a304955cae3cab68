/**
 * `npm run bench`: embeds and trains the same batches with tabgrad and with its peers on the adapter that Dawn finds,
 * each in a process of its own, in turn, and prints times and ratios. `npm run bench -- embed` and `-- train` run one
 * half; names of libraries may follow, to run those only.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { embeddingTable, fastest, largestLossDifference, trainingTable } from '../bench/tables.js';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError } from './lib/log.js';
import { ensureModel } from './lib/model.js';
import { checkNode } from './lib/nodeVersion.js';
import { root, run } from './lib/run.js';
import { vulkanEnv } from './lib/vulkan.js';

const halves = ['embed', 'train'];
const libraries = ['tabgrad', 'jax-js', 'tensorflow-js'];
/** Batches of each round of embedding, sentences x tokens: the largest takes so long that once is enough. */
const EMBEDDING_ROUNDS = ['1x16,8x32,32x64', '1x16,8x32'];
const TRAINING_SHAPES = ['8x32', '8x64'];
const REPEATS = 5;
/** Losses of the same steps may differ by rounding, and by no more. */
const MOST_LOSS_DIFFERENCE = 1e-3;

await main(async () => {
  checkNode();
  const { half, names } = choose(process.argv.slice(2));
  const log = createLog();
  await ensureDependencies(log);
  await ensureDependencies(log, join(root, 'bench/peers'));
  await ensureModel(log);
  const { code, output } = await run(process.execPath, ['scripts/build.js']);
  if (code !== 0 || !existsSync(join(root, 'lib/index.js'))) throw new SetupError(output);

  const env = await vulkanEnv();
  if (half !== 'train') await embed(names, env, log);
  if (half !== 'embed') await train(names, env, log);
});

/**
 * @param {string[]} words of the command line
 * @returns {{ half?: string, names: string[] }}
 * @throws SetupError for a word that is neither a half nor a library
 */
function choose(words) {
  const half = halves.find((name) => name === words[0]);
  const names = half ? words.slice(1) : words;
  const unknown = names.filter((name) => !libraries.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(
      `npm run bench knows no "${unknown.join('", "')}". It knows ${libraries.join(', ')}, after embed, train or neither.`,
    );
  }
  return { half, names: names.length > 0 ? names : libraries };
}

/** @param {string[]} names @param {NodeJS.ProcessEnv} env @param {import('./lib/log.js').Log} log */
async function embed(names, env, log) {
  /** @type {Map<string, import('../bench/tables.js').EmbeddingReport>} */
  const best = new Map();
  for (const [round, shapes] of EMBEDDING_ROUNDS.entries()) {
    for (const library of names) {
      log.say(`Embedding, round ${round + 1} of ${EMBEDDING_ROUNDS.length}: ${library} …`);
      const report = await measure('run.js', [library, '--shapes', shapes], env);
      const before = best.get(library);
      best.set(library, before ? fastest(before, report) : report);
    }
  }
  for (const line of embeddingTable([...best.values()], REPEATS)) log.say(line);
}

/**
 * @param {string[]} names @param {NodeJS.ProcessEnv} env @param {import('./lib/log.js').Log} log
 * @throws SetupError where the libraries do not train alike
 */
async function train(names, env, log) {
  /** @type {import('../bench/tables.js').TrainingReport[][]} */
  const byShape = [];
  for (const shape of TRAINING_SHAPES) {
    const reports = [];
    for (const library of names) {
      log.say(`Training, ${shape.replace('x', ' × ')} tokens: ${library} …`);
      reports.push(await measure('train.js', [library, '--shape', shape], env));
    }
    byShape.push(reports);
  }
  for (const line of trainingTable(byShape, REPEATS)) log.say(line);
  for (const reports of byShape) {
    const difference = largestLossDifference(reports);
    if (difference <= MOST_LOSS_DIFFERENCE) continue;
    throw new SetupError(
      `The losses at ${reports[0].shape} differ by up to ${difference.toExponential(1)}, more than ${MOST_LOSS_DIFFERENCE}: ` +
        'the libraries did not train the same model alike, so their times do not compare.',
    );
  }
}

/**
 * Runs one of the peers' scripts in a process of its own.
 * @param {string} script @param {string[]} args @param {NodeJS.ProcessEnv} env
 * @returns what it printed as JSON
 */
async function measure(script, args, env) {
  const { code, output } = await run(
    process.execPath,
    [join('bench/peers', script), ...args, '--repeats', String(REPEATS)],
    { env },
  );
  const line = output.split('\n').find((text) => text.startsWith('{"name"'));
  if (code !== 0 || !line) throw new SetupError(`${args[0]} failed with exit status ${code}:\n${output}`);
  return JSON.parse(line);
}
