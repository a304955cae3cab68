import {
  type RunHistory,
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
import { examples, tasks, texts } from '../examples/state.ts';
import { beginRun, endRun, type RunFacts, record } from '../learning/runs.ts';
import { predictSoon } from '../trying/trying.ts';
import { stopMeasuring } from '../what/estimate.ts';
import { factsOf, formOfNow, restoreForm } from './form.ts';
import { keeping, keepWhenHidden } from './keeping.ts';
import { countMemory, listHeads, loadAnew } from './modelOfRun.ts';
import { runOptions, summarize } from './options.ts';
import { Pace } from './pace.ts';
import { keepNote, kept, lastSeed, run, runNotice } from './state.ts';

let trainer: Trainer | undefined;
let stopping = new AbortController();
let pace = new Pace();
/** The field may be written in while the run is on. */
let seedOfRun = 0;
/** Steps that the loaded model has learned, also once it is lost. */
let learned = 0;
/** A run that goes on gives the model its weights, which is not to be left half-way. */
let isRestoring = false;

/** A run that can begin, or go on. */
interface Prepared {
  trainer: Trainer;
  facts: RunFacts;
  about: RunAbout;
  /** Where a run goes on that was kept, and what it had told. */
  from?: Origin;
}

interface Origin {
  step: number;
  history: RunHistory;
  stored: StoredCheckpoint | undefined;
  note: string | undefined;
}

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
    say(options, true);
    return;
  }
  const names = tasks.value.map(({ name }) => name);
  const settings = summarize(options, names);
  const before = tunedSteps.value;
  const told = { data: examples.value!.name, settings, before };
  const { name, origin, revision } = chosen.value;
  const about: RunAbout = {
    ...told,
    model: { name, origin, ...(revision !== undefined && { revision }) },
    tasks: names,
    form: formOfNow(),
  };
  const facts = { ...told, options, examples: texts.value, tasks: tasks.value, planned: 0 };
  await carryOut(ready, async () => ({ trainer: new Trainer(ready, options), facts, about }));
}

/**
 * Goes on with a run that was kept. The page and the model stay as they are until the checkpoint is found to fit the model.
 * @param stored what the browser keeps of it, and what is to be said of that
 */
export async function goOn(
  ready: SentenceTransformer,
  file: Blob,
  content: PageContent,
  { stored, note }: { stored?: StoredCheckpoint; note?: string | undefined } = {},
): Promise<void> {
  if (run.value) return;
  const { step, history, about } = content;
  const facts = { ...factsOf(content), ...(stored && { checkpoint: stored.id }) };
  await carryOut(ready, async (signal) => {
    const resumed = await Trainer.resume(ready, file, { signal });
    restoreForm(content, facts);
    return { trainer: resumed, facts, about, from: { step, history, stored, note } };
  });
}

async function carryOut(
  ready: SentenceTransformer,
  prepare: (signal: AbortSignal) => Promise<Prepared>,
): Promise<void> {
  const mine = new AbortController();
  stopping = mine;
  stopMeasuring();
  runNotice.value = undefined;
  kept.value = undefined;
  keepNote.value = undefined;
  learned = tunedSteps.value;
  pace = new Pace();
  run.value = { phase: 'starting', step: 0, total: 0, bytes: 0 };
  let stopKeeping = () => {};
  try {
    const { trainer: mineTrainer, facts, about, from } = await prepare(mine.signal);
    trainer = mineTrainer;
    seedOfRun = facts.options.seed ?? 0;
    const { memory, totalSteps } = await mineTrainer.plan();
    mine.signal.throwIfAborted();
    run.value = { ...run.value, step: from?.step ?? 0, total: totalSteps, bytes: memory.total };
    beginRun({ ...facts, planned: totalSteps }, from?.history);
    if (from) beginAgain(facts.before + from.step, from);
    stopKeeping = keepWhenHidden(mineTrainer);
    const checkpoints = keeping(about);
    for await (const event of mineTrainer.train({ signal: mine.signal, checkpoints })) take(event);
    endRun('finished');
    const isBack = from?.step === totalSteps;
    const what = isBack ? 'The model is back, as the run left it' : 'Finished';
    say(`${what} after ${counted(run.value.step, 'step')}. Start goes on from here.`);
  } catch (error) {
    endRun(mine.signal.aborted ? 'stopped' : 'failed');
    await report(error, ready, mine.signal.aborted);
  } finally {
    stopKeeping();
    isRestoring = false;
    run.value = undefined;
    trainer = undefined;
  }
  void prune();
  if (model.value !== ready) return;
  await listHeads();
  predictSoon();
  await countMemory();
}

/** From here on the model is the run's. */
function beginAgain(steps: number, { step, stored, note }: Origin): void {
  isRestoring = true;
  kept.value = stored;
  tunedSteps.value = steps;
  learned = steps;
  lastSeed.value = seedOfRun;
  say(`${note === undefined ? '' : `${note} `}The run goes on from step ${count(step)}.`);
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
  if (!isRestoring) stopping.abort();
}

function take(event: TrainingEvent): void {
  record(event);
  if (isRestoring) {
    isRestoring = false;
    if (run.value?.phase === 'stopping') stopping.abort();
  }
  // The first event tells that the run is under way, and that its heads are there.
  if (run.value?.phase === 'starting') {
    run.value = { ...run.value, phase: 'running' };
    void listHeads();
    // Here too: a run that is cut off again and again never comes to its end.
    void prune();
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

async function report(error: unknown, ready: SentenceTransformer, isStopped: boolean): Promise<void> {
  if (isGone(error)) await loseModel(ready, error);
  if (model.value !== ready) {
    // A sentence that was being tried may have met the loss first: the reason that the page gives is the right one.
    const reason = load.value.kind === 'failed' ? load.value.trouble.message : messageOf(error);
    say(`The run ended: ${reason}${lossText()}`, true);
  } else if (isRestoring) {
    say(`The run did not come back: ${messageOf(error)} The published model is loaded again.`, true);
    void loadAnew(ready);
  } else if (isStopped) {
    const taken = counted(run.value?.step ?? 0, 'step');
    const later = kept.value ? ' The run itself can be resumed under Take away.' : '';
    say(`Stopped after ${taken}. What was learned is kept; Start goes on from here.${later}`);
  } else {
    say(messageOf(error), true);
  }
}

/** What the loss of the model means for the run. */
function lossText(): string {
  if (kept.value) return ` It is kept at step ${count(kept.value.step)} and can be continued.`;
  return learned > 0 ? ` What ${counted(learned, 'step')} had changed is lost.` : '';
}

function say(text: string, isError = false): void {
  runNotice.value = { text, isError };
}
