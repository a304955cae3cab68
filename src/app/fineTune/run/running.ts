import { effect, untracked } from '@preact/signals';
import { type SentenceTransformer, Trainer, type TrainingEvent } from '../../../worker/client.ts';
import { counted, messageOf } from '../../format.ts';
import { aboutToGo, busyWith } from '../../model/busy.ts';
import { loadModel } from '../../model/loading.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { load, model, nothingYet, tunedSteps, usage } from '../../model/state.ts';
import { source, tasks, texts } from '../examples/state.ts';
import { beginRun, endRun, record } from '../learning/runs.ts';
import { answer, trialNotice } from '../trying/state.ts';
import { predictSoon } from '../trying/trying.ts';
import { stopMeasuring } from '../what/estimate.ts';
import { heads, parameters } from '../what/state.ts';
import { runOptions } from './options.ts';
import { Pace } from './pace.ts';
import { lastSeed, run, runNotice, seed } from './state.ts';
import { summarize } from './summary.ts';

let trainer: Trainer | undefined;
let stopping = new AbortController();
let pace = new Pace();
/** The field may be written in while the run is on. */
let seedOfRun = 0;
/** Steps that the loaded model has learned, also once it is lost. */
let learned = 0;

/** Trains the loaded model, from its weights as they are. */
export async function start(): Promise<void> {
  const ready = model.value;
  const options = runOptions.value;
  if (run.value || !ready || options === undefined) return;
  const going = aboutToGo();
  if (going) {
    say(going, true);
    return;
  }
  if (typeof options === 'string') {
    runNotice.value = { text: options, isError: true };
    return;
  }
  const mine = new AbortController();
  stopping = mine;
  stopMeasuring();
  runNotice.value = undefined;
  learned = tunedSteps.value;
  pace = new Pace();
  seedOfRun = seed.value;
  run.value = { phase: 'starting', step: 0, total: 0, bytes: 0 };
  const names = tasks.value.map(({ name }) => name);
  const given = { data: source.value!.name, examples: texts.value, tasks: tasks.value };
  try {
    const mineTrainer = new Trainer(ready, options);
    trainer = mineTrainer;
    const { memory, totalSteps } = await mineTrainer.plan();
    run.value = { ...run.value, total: totalSteps, bytes: memory.total };
    beginRun({
      ...given,
      options,
      settings: summarize(options, names),
      before: learned,
      planned: totalSteps,
    });
    for await (const event of mineTrainer.train({ signal: mine.signal })) take(event);
    endRun('finished');
    say(`Finished after ${counted(run.value.step, 'step')}. Start goes on from here.`);
  } catch (error) {
    endRun(mine.signal.aborted ? 'stopped' : 'failed');
    await report(error, ready, mine.signal.aborted);
  } finally {
    run.value = undefined;
    trainer = undefined;
  }
  if (model.value !== ready) return;
  await listHeads();
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
  const reason = busyWith.value ? `${busyWith.value}: let that end first.` : aboutToGo();
  if (!old) return;
  if (reason) {
    say(reason, true);
    return;
  }
  runNotice.value = undefined;
  load.value = { kind: 'loading', progress: nothingYet };
  await old.dispose();
  // It may have been cancelled meanwhile.
  if (load.value.kind === 'loading') await loadModel();
}

function take(event: TrainingEvent): void {
  record(event);
  // The first event tells that the run is under way, and that its heads are there.
  if (run.value?.phase === 'starting') {
    run.value = { ...run.value, phase: 'running' };
    void listHeads();
  }
  if (event.type === 'step') {
    tunedSteps.value += 1;
    learned = tunedSteps.value;
    lastSeed.value = seedOfRun;
    pace.step(performance.now());
    const { total } = run.value!;
    run.value = { ...run.value!, step: event.step, secondsLeft: pace.secondsFor(total - event.step) };
  } else {
    // An evaluation's time is no step's.
    pace.interrupt();
  }
  if (run.value?.phase === 'paused') pace.interrupt();
  if (event.type === 'evaluation' || run.value?.phase === 'paused') predictSoon();
  if (event.type === 'evaluation') void countMemory();
}

/** Which heads the model has: a run adds those that it needs. */
async function listHeads(): Promise<void> {
  const ready = model.value;
  const found = await ready?.heads().catch(() => undefined);
  if (!found || model.value !== ready) return;
  heads.value = new Map(found.map(({ name, labels }) => [name, labels]));
  predictSoon();
}

async function countMemory(): Promise<void> {
  // If that fails the model is gone, and the run says so.
  usage.value = await model.value?.usage().catch(() => usage.value);
}

async function report(error: unknown, ready: SentenceTransformer, isStopped: boolean): Promise<void> {
  if (isGone(error)) await loseModel(ready, error);
  if (model.value !== ready) {
    // A sentence that was being tried may have met the loss first: the reason that the page gives is the right one.
    const reason = load.value.kind === 'failed' ? load.value.trouble.message : messageOf(error);
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
        if (model.value !== ready) return;
        parameters.value = facts;
        void listHeads();
      },
      // Whoever uses the model next is told.
      () => {},
    );
  });
}

function forgetRuns(): void {
  parameters.value = [];
  heads.value = new Map();
  answer.value = undefined;
  trialNotice.value = undefined;
  tunedSteps.value = 0;
  lastSeed.value = undefined;
}
