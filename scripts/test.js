/** `npm test`: everything that shows whether tabgrad works, from a bare checkout. */
import { stripVTControlCharacters } from 'node:util';
import { ensureDependencies } from './lib/dependencies.js';
import { createLog, main, SetupError, since } from './lib/log.js';
import { ensureModel } from './lib/model.js';
import { checkNode } from './lib/nodeVersion.js';
import { run, runTool } from './lib/run.js';
import { ensureTestMachine } from './lib/testMachine.js';

const all = ['format', 'types', 'unit', 'gpu', 'build', 'page', 'browser'];

/** @typedef {{ title: string, run: () => Promise<{ code: number, output: string }> }} Step */

await main(async () => {
  checkNode();
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new SetupError(`npm test has no step "${unknown.join('", "')}". Its steps: ${all.join(', ')}.`);
  }
  const chosen = names.length > 0 ? names : all;
  const wants = (/** @type {string[]} */ ...some) => some.some((name) => chosen.includes(name));

  const log = createLog();
  const start = Date.now();
  await ensureDependencies(log);
  if (wants('unit', 'gpu', 'build', 'page', 'browser')) await ensureModel(log);
  const machine = await ensureTestMachine(
    { chromium: wants('page', 'browser'), vulkan: wants('gpu', 'browser') },
    log,
  );

  const summaries = [];
  for (const step of plan(wants, machine)) {
    log.say(`\n── ${step.title} ${'─'.repeat(Math.max(0, 70 - step.title.length))}`);
    const stepStart = Date.now();
    const { code, output } = await step.run();
    log.say(`── ${step.title}: ${code === 0 ? 'passed' : 'failed'} in ${since(stepStart)}`);
    const summary = vitestSummary(output);
    if (summary) summaries.push(`\n${step.title}\n${summary}`);
    if (code !== 0) {
      process.exitCode = code;
      break;
    }
  }
  log.say(`\n${process.exitCode ? 'Failed' : 'All passed'} after ${since(start)}, set-up included.`);
  for (const summary of summaries) log.say(summary);
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
  /** @type {Step[]} */
  const steps = [];
  if (wants('format')) {
    steps.push({ title: 'format and lint', run: () => runTool('biome', ['check', '.'], plain) });
  }
  if (wants('types')) steps.push({ title: 'types', run: () => runTool('tsc', [], plain) });
  const projects = ['unit', 'gpu'].filter((name) => wants(name));
  if (projects.length > 0) {
    const args = projects.flatMap((name) => ['--project', name]);
    steps.push({
      title: projects.join(' and '),
      run: () => runTool('vitest', ['run', ...args], show(machine.gpu)),
    });
  }
  if (wants('build')) {
    steps.push({ title: 'build', run: () => run(process.execPath, ['scripts/build.js'], plain) });
  }
  // The views of the page first; then what holds in a browser besides, for the page and for the library.
  for (const project of ['page', 'browser'].filter((name) => wants(name))) {
    steps.push({
      title: project,
      run: () => runTool('vitest', ['run', '--project', project], show(machine.page)),
    });
  }
  return steps;
}

/** Vitest's closing lines, as they are. @param {string} output @returns {string | undefined} */
function vitestSummary(output) {
  const lines = output.trimEnd().split('\n');
  const first = lines.findLastIndex((line) =>
    stripVTControlCharacters(line).trim().startsWith('Test Files '),
  );
  return first < 0 ? undefined : lines.slice(first).join('\n');
}
