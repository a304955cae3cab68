/**
 * `npm test`: what shows whether tabgrad works, from a bare checkout. `npm run test:all`: the long tests as well.
 * `npm test -- STEP…` takes the named steps, of which `short` and `long` are several; with `--until SECONDS`, a time
 * as `date +%s` writes it, long steps that would begin later are left out.
 */
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError, since } from './lib/log.js';
import { ensureModel } from './lib/model.js';
import { checkNode } from './lib/nodeVersion.js';
import { run, runTool } from './lib/run.js';
import { ensureTestMachine } from './lib/testMachine.js';

const groups = {
  short: ['format', 'types', 'unit', 'gpu', 'build', 'page', 'smoke'],
  long: ['browser', 'fuzz', 'smooth', 'large'],
};
const all = Object.values(groups).flat();
const inChromium = ['page', 'smoke', 'browser', 'smooth', 'large'];

/** @typedef {{ name: string, title: string, run: () => Promise<{ code: number, output: string }> }} Step */

await main(async () => {
  checkNode();
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { until: { type: 'string' } },
  });
  const until = 1000 * Number(values.until ?? Number.POSITIVE_INFINITY);
  const chosen = (positionals.length > 0 ? positionals : ['short']).flatMap((name) =>
    name === 'short' || name === 'long' ? groups[name] : [name],
  );
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(
      `npm test has no step "${unknown.join('", "')}". Its steps: ${all.join(', ')}; short and long are several.`,
    );
  }
  const wants = (/** @type {string[]} */ ...some) => some.some((name) => chosen.includes(name));

  const log = createLog();
  const start = Date.now();
  await ensureDependencies(log);
  if (chosen.some((name) => name !== 'format' && name !== 'types')) await ensureModel(log);
  const needs = { chromium: wants(...inChromium), vulkan: wants('gpu', 'browser', 'large') };
  const machine = await ensureTestMachine(needs, log);

  const times = [];
  const leftOut = [];
  const summaries = [];
  let isStopped = false;
  for (const step of plan(wants, machine)) {
    const isLong = groups.long.includes(step.name);
    if (isStopped || (isLong && Date.now() > until)) {
      leftOut.push(step.title);
      continue;
    }
    log.say(`\n── ${step.title} ${'─'.repeat(Math.max(0, 70 - step.title.length))}`);
    const stepStart = Date.now();
    const { code, output } = await step.run();
    times.push(`${code === 0 ? 'passed' : 'FAILED'} in ${since(stepStart).padEnd(12)} ${step.title}`);
    log.say(`── ${times.at(-1)}`);
    const summary = vitestSummary(output);
    if (summary) summaries.push(`\n${step.title}\n${summary}`);
    if (code === 0) continue;
    process.exitCode = code;
    // Long steps stand alone; a short one is what those behind it stand on.
    isStopped = !isLong;
  }
  for (const summary of summaries) log.say(summary);
  log.say(`\n${times.join('\n')}`);
  if (leftOut.length > 0) log.say(`Left out: ${leftOut.join(', ')}.`);
  log.say(`${process.exitCode ? 'Failed' : 'All passed'} after ${since(start)}, set-up included.`);
});

/**
 * @param {(...names: string[]) => boolean} wants
 * @param {{ gpu: NodeJS.ProcessEnv, page: NodeJS.ProcessEnv }} machine
 * @returns {Step[]}
 */
function plan(wants, machine) {
  // The output is piped, so that its end can be shown again: colours must be asked for.
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  /** @param {NodeJS.ProcessEnv} env */
  const show = (env) => ({ show: true, env: { ...env, ...colours } });
  const plain = show(process.env);
  /** @param {NodeJS.ProcessEnv} env @param {string[]} args */
  const vitest = (env, ...args) => runTool('vitest', ['run', ...args], show(env));
  const projects = ['unit', 'gpu'].filter((name) => wants(name));
  const args = projects.flatMap((name) => ['--project', name]);
  /** @type {Step[]} */
  const steps = [
    { name: 'format', title: 'format and lint', run: () => runTool('biome', ['check', '.'], plain) },
    { name: 'types', title: 'types', run: () => runTool('tsc', [], plain) },
    // In one run: while the last long file of one project is on, files of the other take the second process.
    { name: projects[0] ?? '', title: projects.join(' and '), run: () => vitest(machine.gpu, ...args) },
    { name: 'build', title: 'build', run: () => run(process.execPath, ['scripts/build.js'], plain) },
    ...['page', 'smoke', 'browser'].map((name) => ({
      name,
      title: name,
      run: () => vitest(machine.page, '--project', name),
    })),
    {
      name: 'fuzz',
      title: 'fuzz with 10,000 inputs of each kind',
      run: () => vitest({ ...process.env, FUZZ_RUNS: '10000' }, '--project', 'unit', 'test/fuzz'),
    },
    {
      name: 'smooth',
      title: 'the page while it computes',
      run: () => vitest(machine.page, '--project', 'smooth'),
    },
    {
      name: 'large',
      title: 'a model of 110 million parameters',
      run: () => run(process.execPath, ['scripts/largeModel/run.js'], show(machine.page)),
    },
  ];
  return steps.filter(({ name }) => wants(name));
}

/** Vitest's closing lines, as they are. @param {string} output @returns {string | undefined} */
function vitestSummary(output) {
  const lines = output.trimEnd().split('\n');
  const first = lines.findLastIndex((line) =>
    stripVTControlCharacters(line).trim().startsWith('Test Files '),
  );
  return first < 0 ? undefined : lines.slice(first).join('\n');
}
