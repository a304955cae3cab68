import { effect, untracked } from '@preact/signals';
import { type SentenceTransformer, Trainer, type TrainingEvent } from '../../../worker/client.ts';
import { counted, messageOf } from '../../format.ts';
import { loadModel } from '../../model/loading.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { load, model, starting, tunedSteps, usage } from '../../model/state.ts';
import { heldOutFraction } from '../examples/data.ts';
import { sizes, source, tasks, texts } from '../examples/state.ts';
import { add, newHistory, startRun } from '../learning/history.ts';
import { history } from '../learning/state.ts';
import { answer, trialNotice } from '../trying/state.ts';
import { predictSoon } from '../trying/trying.ts';
import { heads, parameters, plan } from '../what/state.ts';
import { batchSize, dropout, epochs, lastSeed, run, runNotice, seed } from './state.ts';

let trainer: Trainer | undefined;
let stopping = new AbortController();
/** Steps that the loaded model has learned, also once it is lost. */
let learned = 0;
/** What the curves so far belong to: other data or another split make new ones. */
let compared: unknown[] = [];

/** Trains the loaded model, from its weights as they are. */
export async function start(): Promise<void> {
  const ready = model.value;
  const chosen = plan.value;
  if (run.value || !ready || !chosen) return;
  if (typeof chosen === 'string') {
    runNotice.value = { text: chosen, isError: true };
    return;
  }
  const mine = new AbortController();
  stopping = mine;
  runNotice.value = undefined;
  learned = tunedSteps.value;
  run.value = { phase: 'starting', step: 0, total: 0, bytes: 0 };
  try {
    await addHeads(ready);
    const mineTrainer = new Trainer(ready, {
      examples: texts.value,
      ...(sizes.value.heldOut > 0 && { evaluation: { fraction: heldOutFraction } }),
      scenario: chosen.scenario,
      epochs: epochs.value,
      batchSize: batchSize.value,
      dropout: dropout.value,
      seed: seed.value,
    });
    trainer = mineTrainer;
    const total = await mineTrainer.totalSteps;
    const { memory } = await mineTrainer.plan();
    run.value = { ...run.value, total, bytes: memory.total };
    forgetOthers();
    history.value = startRun(history.value, total);
    predictSoon();
    for await (const event of mineTrainer.train({ signal: mine.signal })) take(event);
    say(`Finished after ${counted(run.value.step, 'step')}. Start goes on from here.`);
  } catch (error) {
    await report(error, ready, mine.signal.aborted);
  } finally {
    run.value = undefined;
    trainer = undefined;
  }
  if (model.value !== ready) return;
  predictSoon();
  await countMemory();
}

export function pause(): void {
  if (run.value?.phase !== 'running') return;
  trainer?.pause();
  run.value = { ...run.value, phase: 'paused' };
}

export function resume(): void {
  if (run.value?.phase !== 'paused') return;
  trainer?.resume();
  run.value = { ...run.value, phase: 'running' };
}

/** While paused: one step. */
export function step(): void {
  if (run.value?.phase === 'paused') trainer?.step();
}

export function stop(): void {
  if (!run.value) return;
  run.value = { ...run.value, phase: 'stopping' };
  stopping.abort();
}

/** Loads the model anew: what was learned is gone. */
export async function startOver(): Promise<void> {
  const old = model.value;
  if (run.value || !old) return;
  runNotice.value = undefined;
  load.value = starting;
  await old.dispose();
  await loadModel();
}

function take(event: TrainingEvent): void {
  history.value = add(history.value, event);
  if (event.type === 'step') {
    tunedSteps.value += 1;
    learned = tunedSteps.value;
    lastSeed.value = seed.value;
    run.value = { ...run.value!, step: event.step };
  }
  // The first event tells that the run is under way.
  if (run.value?.phase === 'starting') run.value = { ...run.value, phase: 'running' };
  if (event.type === 'evaluation' || run.value?.phase === 'paused') predictSoon();
  if (event.type === 'evaluation') void countMemory();
}

async function countMemory(): Promise<void> {
  // If that fails the model is gone, and the run says so.
  usage.value = await model.value?.usage().catch(() => usage.value);
}

/** Each task gets a head on the first token, unless the model has one with its labels already. */
async function addHeads(ready: SentenceTransformer): Promise<void> {
  for (const { name, labels } of tasks.value) {
    const same = JSON.stringify(heads.value.get(name)) === JSON.stringify(labels);
    if (same) continue;
    await ready.addHead(name, { labels, pooling: 'cls', seed: headSeed(name) });
    heads.value = new Map([...heads.value, [name, labels]]);
  }
}

/** Heads of one run begin differently: the run's seed and the place of the task. */
function headSeed(name: string): number {
  return (
    ((Number.isInteger(seed.value) ? seed.value : 0) +
      tasks.value.findIndex((task) => task.name === name)) >>>
    0
  );
}

function forgetOthers(): void {
  const now = [source.value?.dataset, seed.value, ...tasks.value.map((task) => task.name)];
  if (now.length !== compared.length || now.some((value, i) => value !== compared[i])) {
    history.value = newHistory();
  }
  compared = now;
}

async function report(error: unknown, ready: SentenceTransformer, isStopped: boolean): Promise<void> {
  if (isGone(error)) await loseModel(ready, error);
  if (model.value !== ready) {
    // A sentence that was being tried may have met the loss first: the reason that the page gives is the right one.
    const reason = load.value.kind === 'failed' ? load.value.message : messageOf(error);
    const lost = learned > 0 ? ` What ${counted(learned, 'step')} had changed is lost.` : '';
    say(`The run ended: ${reason}${lost}`, true);
  } else if (isStopped) {
    const taken = counted(run.value?.step ?? 0, 'step');
    say(`Stopped after ${taken}. What was learned is kept; Start goes on from here.`);
  } else {
    say(messageOf(error), true);
  }
}

function say(text: string, isError = false): void {
  runNotice.value = { text, isError };
}

/** Keeps to the loaded model: of a new one no heads and curves are known. */
export function followModel(): void {
  effect(() => {
    const ready = model.value;
    untracked(forgetRuns);
    ready?.parameters().then(
      (facts) => {
        if (model.value === ready) parameters.value = facts;
      },
      // Whoever uses the model next is told.
      () => {},
    );
  });
}

function forgetRuns(): void {
  parameters.value = [];
  heads.value = new Map();
  history.value = newHistory();
  answer.value = undefined;
  trialNotice.value = undefined;
  tunedSteps.value = 0;
  compared = [];
  lastSeed.value = undefined;
}
