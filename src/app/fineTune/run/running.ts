import {
  type SentenceTransformer,
  type StoredCheckpoint,
  Trainer,
  type TrainingEvent,
} from '../../../worker/client.ts';
import type { PageContent, RunAbout } from '../../checkpoints/about.ts';
import { prune } from '../../checkpoints/state.ts';
import { count, counted, messageOf } from '../../format.ts';
import { aboutToGo } from '../../model/busy.ts';
import { isGone, loseModel } from '../../model/lost.ts';
import { chosen, load, model, tunedSteps } from '../../model/state.ts';
import { examples, tasks } from '../examples/state.ts';
import { beginRun, endRun, type RunFacts, record } from '../learning/runs.ts';
import { listHeads, predict } from '../trying/trying.ts';
import { stopMeasuring } from '../what/estimate.ts';
import { factsOf, formOfNow, restoreForm } from './form.ts';
import { countMemory, loadAnew } from './modelOfRun.ts';
import { runOptions, summarize } from './options.ts';
import { Pace } from './pace.ts';
import { checkpointOptions, saveWhenHidden } from './saving.ts';
import { lastCheckpoint, lastSeed, run, runNotice, saveProblem } from './state.ts';

let trainer: Trainer | undefined;
let stopping = new AbortController();
let pace = new Pace();
/** Steps that the model has learned; known also after the model was lost. */
let learned = 0;
/** Whether a resumed run is giving the model its weights: a stop waits until that is done. */
let isRestoring = false;

/** A run that is about to begin. */
interface Coming {
  facts: RunFacts;
  about: RunAbout;
  /** The checkpoint from which a run goes on. */
  from?: Pick<PageContent, 'step' | 'history'> & Omit<Opened, 'file'>;
}

/** Trains the loaded model, from its present weights. */
export async function start(): Promise<void> {
  const ready = model.value;
  const options = runOptions.value;
  if (run.value || !ready || options === undefined) return;
  const going = aboutToGo();
  if (going) return say(going, true);
  if (typeof options === 'string') return say(options, true);
  const names = tasks.value.map(({ name }) => name);
  const { name, origin, revision } = chosen.value;
  const about: RunAbout = {
    model: { name, origin, ...(revision !== undefined && { revision }) },
    data: examples.value!.name,
    tasks: names,
    before: tunedSteps.value,
    settings: summarize(options, names),
    form: formOfNow(),
  };
  const facts = factsOf({ about, options, heads: tasks.value });
  await runToEnd(ready, { facts, about }, async () => new Trainer(ready, options));
}

export interface Opened {
  file: Blob;
  /** Its record in this browser; a file has none. */
  stored?: StoredCheckpoint;
  /** A note on the run for the reader. */
  note?: string | undefined;
}

/**
 * Resumes a run from a checkpoint. The page and the model do not change until the checkpoint is found to fit the
 * model.
 */
export async function resumeRun(
  ready: SentenceTransformer,
  { file, ...opened }: Opened,
  content: PageContent,
): Promise<void> {
  if (run.value) return;
  const { about } = content;
  const facts = { ...factsOf(content), ...(opened.stored && { checkpoint: opened.stored.id }) };
  await runToEnd(ready, { facts, about, from: { ...content, ...opened } }, async (signal) => {
    const resumed = await Trainer.resume(ready, file, { signal });
    restoreForm(content, facts);
    return resumed;
  });
}

async function runToEnd(
  ready: SentenceTransformer,
  { facts, about, from }: Coming,
  prepare: (signal: AbortSignal) => Promise<Trainer>,
): Promise<void> {
  stopping = new AbortController();
  const { signal } = stopping;
  // The field may be changed meanwhile.
  const seed = facts.options.seed ?? 0;
  stopMeasuring();
  runNotice.value = undefined;
  lastCheckpoint.value = undefined;
  saveProblem.value = undefined;
  learned = tunedSteps.value;
  pace = new Pace();
  run.value = { phase: 'starting', step: 0, total: 0, bytes: 0 };
  let stopSaving = () => {};
  try {
    const mineTrainer = await prepare(signal);
    trainer = mineTrainer;
    const { memory, totalSteps } = await mineTrainer.plan();
    signal.throwIfAborted();
    run.value = { ...run.value, step: from?.step ?? 0, total: totalSteps, bytes: memory.total };
    beginRun({ ...facts, planned: totalSteps }, from?.history);
    if (from) {
      // The model now takes the weights of the checkpoint.
      isRestoring = true;
      lastCheckpoint.value = from.stored;
      learned = facts.before + from.step;
      tunedSteps.value = learned;
      lastSeed.value = seed;
      say(`${from.note === undefined ? '' : `${from.note} `}The run goes on from step ${count(from.step)}.`);
    }
    stopSaving = saveWhenHidden(mineTrainer);
    const checkpoints = checkpointOptions(about);
    for await (const event of mineTrainer.train({ signal, checkpoints })) handle(event, seed);
    endRun('finished');
    const isBack = from?.step === totalSteps;
    const what = isBack ? 'The model is back, as the run left it' : 'Finished';
    say(`${what} after ${counted(run.value.step, 'step')}. Start goes on from here.`);
  } catch (error) {
    endRun(signal.aborted ? 'stopped' : 'failed');
    await report(error, ready, signal.aborted);
  } finally {
    stopSaving();
    isRestoring = false;
    run.value = undefined;
    trainer = undefined;
  }
  void prune();
  if (model.value !== ready) return;
  await listHeads();
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

export function step(): void {
  if (run.value?.phase === 'paused') trainer?.step();
}

export function stop(): void {
  if (!run.value) return;
  run.value = { ...run.value, phase: 'stopping' };
  if (!isRestoring) stopping.abort();
}

function handle(event: TrainingEvent, seed: number): void {
  record(event);
  if (isRestoring) {
    isRestoring = false;
    if (run.value?.phase === 'stopping') stopping.abort();
  }
  // With the first event the run is under way, and the model has its heads.
  if (run.value?.phase === 'starting') {
    run.value = { ...run.value, phase: 'running' };
    void listHeads();
    // Not only at the end, which a run that is cut off again and again never reaches.
    void prune();
  }
  if (event.type === 'step') {
    tunedSteps.value += 1;
    learned = tunedSteps.value;
    lastSeed.value = seed;
    pace.step(performance.now());
    const { total } = run.value!;
    run.value = { ...run.value!, step: event.step, secondsLeft: pace.secondsFor(total - event.step) };
  } else {
    // The time of an evaluation belongs to no step.
    pace.interrupt();
  }
  if (run.value?.phase === 'paused') pace.interrupt();
  if (event.type === 'evaluation' || run.value?.phase === 'paused') void predict();
  if (event.type === 'evaluation') void countMemory();
}

async function report(error: unknown, ready: SentenceTransformer, isStopped: boolean): Promise<void> {
  if (isGone(error)) await loseModel(ready, error);
  if (model.value !== ready) {
    // The sentence that is tried may have met the loss first. Then the page knows the reason, and this error does
    // not.
    const reason = load.value.kind === 'failed' ? load.value.trouble.message : messageOf(error);
    say(`The run ended: ${reason}${lossText()}`, true);
  } else if (isRestoring) {
    say(`The run did not come back: ${messageOf(error)} The published model is loaded again.`, true);
    void loadAnew(ready);
  } else if (isStopped) {
    const taken = counted(run.value?.step ?? 0, 'step');
    const later = lastCheckpoint.value ? ' The run itself can be resumed under Take away.' : '';
    say(`Stopped after ${taken}. What was learned is kept; Start goes on from here.${later}`);
  } else {
    say(messageOf(error), true);
  }
}

function lossText(): string {
  const checkpoint = lastCheckpoint.value;
  if (checkpoint) return ` It is kept at step ${count(checkpoint.step)} and can be continued.`;
  return learned > 0 ? ` What ${counted(learned, 'step')} had changed is lost.` : '';
}

function say(text: string, isError = false): void {
  runNotice.value = { text, isError };
}
