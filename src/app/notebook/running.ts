import { effect } from '@preact/signals';
import type { ProgressEvent } from '../../types.ts';
import { duration, messageOf } from '../format.ts';
import type { ModelChoice } from '../model/choice.ts';
import { isGone } from '../model/lost.ts';
import { isTrainingOff } from '../model/selfTest.ts';
import { chosen, model } from '../model/state.ts';
import { view } from '../view.ts';
import { type CellId, cells, factsOf, numberOf } from './cells.ts';
import { chain, hasAfter, nothing } from './chain.ts';
import type { Given, Scope } from './given.ts';
import { type CellRun, copyBytes, has, outcome, runs, sweep } from './state.ts';

let stopping = new AbortController();
/** The values that cells have handed on, the one copy of the model included. */
let scope: Partial<Scope> = {};
/** The model that the copy was made of. */
let copied: ModelChoice | undefined;

export function runCell(id: CellId): Promise<void> {
  return run(chain([id], has.value), `Cell ${numberOf(id)} is done`);
}

/** Runs every cell from the first, on a new copy of the model. */
export function runAll(): Promise<void> {
  const all = cells.map(({ id }) => id);
  return run(chain(all, nothing), 'All cells are done');
}

export function stopCells(): void {
  if (!sweep.value) return;
  sweep.value = { ...sweep.value, isStopping: true };
  stopping.abort();
}

/** Frees the copy of the model once the reader is elsewhere or opens another model, and no cell runs. */
export function watchCopy(): () => void {
  return effect(() => {
    const isOther = copied !== undefined && chosen.value !== copied;
    const isAway = view.value !== 'notebook';
    if (sweep.value) {
      if (isOther && !sweep.value.isStopping) stopCells();
    } else if (isOther || isAway) {
      void letGo();
    }
  });
}

async function run(steps: readonly CellId[], whenDone: string): Promise<void> {
  if (sweep.value || !model.value) return;
  stopping = new AbortController();
  const { signal } = stopping;
  const start = performance.now();
  outcome.value = undefined;
  let done = 0;
  try {
    for (const id of steps) {
      sweep.value = { steps, done, fraction: 0, isStopping: signal.aborted };
      await runStep(id, signal);
      done++;
    }
    outcome.value = { text: `${whenDone}, after ${duration(performance.now() - start)}.`, isError: false };
  } catch (error) {
    const number = numberOf(steps[done]!);
    outcome.value = signal.aborted
      ? { text: `Stopped in cell ${number}.`, isError: false }
      : { text: `Cell ${number} failed: ${messageOf(error)}`, isError: true };
    if (isGone(error)) await letGo();
  } finally {
    sweep.value = undefined;
  }
}

/** @throws what the cell throws; AbortError when the reader has stopped it */
async function runStep(id: CellId, signal: AbortSignal): Promise<void> {
  const facts = factsOf(id);
  const start = performance.now();
  const { source, revision, name } = chosen.value;
  let cellRun: CellRun = { kind: 'running', lines: [], model: name };
  const show = (some: Partial<CellRun>) => {
    cellRun = { ...cellRun, ...some };
    runs.value = { ...runs.value, [id]: cellRun };
  };
  show({});
  try {
    signal.throwIfAborted();
    if (facts.needs.trains && isTrainingOff.value) {
      throw new Error(
        'A kernel gives wrong numbers on this adapter, so training is off. Fine-tune says more.',
      );
    }
    if (id === 'load') {
      await letGo();
      copied = chosen.value;
    }
    if (facts.needs.trains) has.value = { ...has.value, weights: 'unfinished' };
    const print = (line: string) => show({ lines: [...cellRun.lines, line] });
    // The chain of cells has made what this cell reads of the scope.
    const given = { source, revision, print, onProgress, signal, ...scope } as Given;
    const made = await facts.run(given);
    if (made) scope = { ...scope, ...made };
    has.value = hasAfter(id, has.value);
    copyBytes.value = (await scope.model?.usage())?.bytes ?? 0;
    signal.throwIfAborted();
    show({ kind: 'done', milliseconds: performance.now() - start });
  } catch (error) {
    show(signal.aborted ? { kind: 'stopped' } : { kind: 'failed', error: messageOf(error) });
    throw error;
  }
}

function onProgress(event: ProgressEvent): void {
  if (event.status !== 'progress_total' || !sweep.value) return;
  sweep.value = { ...sweep.value, fraction: event.progress / 100 };
}

/** Frees the copy of the model. What the cells printed stays. */
async function letGo(): Promise<void> {
  const { model, ...rest } = scope;
  scope = rest;
  copied = undefined;
  copyBytes.value = 0;
  has.value = { ...has.peek(), weights: undefined };
  await model?.dispose();
}
