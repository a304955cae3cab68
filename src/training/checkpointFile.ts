import { CheckpointError } from '../errors.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import { damaged, openSealed } from '../weights/sealed.ts';
import type { BestState } from './bestEvaluation.ts';
import type { ModelIdentity } from './checkpointModel.ts';
import { type PackedOptions, unpackOptions } from './checkpointOptions.ts';
import type { EvaluationEvent, StepEvent } from './events.ts';
import type { PlannedHead } from './heads.ts';
import type { TrainerOptions } from './options.ts';
import type { RunNumbers } from './run.ts';

/** To be raised whenever an older checkpoint would not give the same numbers any more: by layout, formulas or defaults. */
export const CHECKPOINT_VERSION = '1';
/** In the file's metadata. */
export const keys = { version: 'tabgradCheckpoint', library: 'tabgrad', state: 'state' };
/** Tensors besides those of parameters, which have their names in the model. */
export const tensorNames = {
  texts: 'run/texts.json',
  history: 'run/history.json',
  /** Rows of the word embeddings that have moments, ascending. */
  vocabulary: 'run/vocabulary',
  shrinkage: 'adam/shrinkage',
  moment: (kind: 'm' | 'v', parameter: string) => `adam/${kind}/${parameter}`,
};

/** What a trainer has told of a run, without what its evaluations say of each text. */
export type RunHistory = (StepEvent | Omit<EvaluationEvent, 'heldOut'>)[];

/** What saved checkpoints of one run have in common. */
export interface RunLabel {
  /** Of the run in the browser's store. */
  run: string;
  name: string;
  /** The caller's own, as JSON. */
  about?: unknown;
}

/** All of a run that is no tensor. */
export interface RunState extends RunNumbers {
  model: ModelIdentity;
  /** Encoder parameters that are in the file: all that differ from the model as it was loaded. */
  changed: string[];
  heads: Pick<PlannedHead, 'name' | 'labels' | 'pooling'>[];
  settings: PackedOptions['settings'];
  label?: RunLabel;
  /** Milliseconds since 1970. */
  savedAt: number;
  /** Updates done. Where in its epoch and schedule a run is follows from it. */
  step: number;
  totalSteps: number;
  /** The step of the last evaluation; −1 before the first. */
  evaluated: number;
  best: BestState;
}

/** What a checkpoint says of its run. */
export interface CheckpointContent {
  /** With examples; without heads. */
  options: TrainerOptions;
  heads: { name: string; labels: string[]; pooling: 'cls' | 'mean' }[];
  step: number;
  totalSteps: number;
  /** Milliseconds since 1970. */
  savedAt: number;
  /** Events up to the step. */
  history: RunHistory;
  /** What it was saved under and with, if it was saved by a run's `checkpoints`. */
  name?: string;
  about?: unknown;
}

/** An open checkpoint whose header is whole. */
export interface OpenCheckpoint {
  blob: Blob;
  file: SafetensorsFile;
  state: RunState;
}

/** @throws CheckpointError ('damaged', 'version') */
export async function openRun(given: Blob | Uint8Array<ArrayBuffer>): Promise<OpenCheckpoint> {
  const isBytes = given instanceof Uint8Array;
  if (!isBytes && !(given instanceof Blob)) {
    throw damaged(NAME, 'Expected a Blob, a File or a Uint8Array.');
  }
  const blob = isBytes ? new Blob([given]) : given;
  const file = await openSealed(blob, NAME);
  const version = file.metadata[keys.version];
  if (version === undefined) throw damaged(NAME, 'It is sealed, but no checkpoint of a training.');
  if (version !== CHECKPOINT_VERSION) {
    throw new CheckpointError(
      `This checkpoint is of version ${version}, of tabgrad ${file.metadata[keys.library] ?? 'unknown'}. ` +
        `This tabgrad reads version ${CHECKPOINT_VERSION}. Continue with the tabgrad that made it, or begin anew.`,
      { reason: 'version', version, expected: CHECKPOINT_VERSION },
    );
  }
  return { blob, file, state: checkState(parse(file.metadata[keys.state] ?? '')) };
}

/**
 * What a checkpoint is of, without its weights: for a page that shows a run before its model is there.
 * @throws CheckpointError ('damaged', 'version')
 */
export async function readCheckpoint(given: Blob | Uint8Array<ArrayBuffer>): Promise<CheckpointContent> {
  const open = await openRun(given);
  const { state } = open;
  const { name, about } = state.label ?? {};
  return {
    options: await optionsOf(open),
    heads: state.heads.map(({ name, labels, pooling }) => ({ name, labels: [...labels], pooling })),
    step: state.step,
    totalSteps: state.totalSteps,
    savedAt: state.savedAt,
    history: await historyOf(open),
    ...(name !== undefined && { name }),
    ...(about !== undefined && { about }),
  };
}

/** A run's options without its heads. @throws CheckpointError ('damaged') */
export async function optionsOf({ file, state }: OpenCheckpoint): Promise<TrainerOptions> {
  const texts = await readJson(file, tensorNames.texts);
  try {
    return unpackOptions({ settings: state.settings, texts: texts as PackedOptions['texts'] });
  } catch (cause) {
    throw damaged(NAME, `Its settings cannot be read (${String(cause)}).`);
  }
}

/** @throws CheckpointError ('damaged') */
export async function historyOf({ file }: OpenCheckpoint): Promise<RunHistory> {
  const history = await readJson(file, tensorNames.history);
  if (!Array.isArray(history)) throw damaged(NAME, 'Its history is no list.');
  return history;
}

/** What messages call it. */
export const NAME = 'The checkpoint';

async function readJson(file: SafetensorsFile, tensor: string): Promise<unknown> {
  if (!file.tensors.has(tensor)) throw damaged(NAME, `It has no ${tensor}.`);
  return parse(new TextDecoder().decode(await file.bytes(tensor)));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw damaged(NAME, `What it says of its run is no JSON (${String(cause)}).`);
  }
}

/** The seal says that it is as it was written; this, that what wrote it was a trainer. */
function checkState(value: unknown): RunState {
  const state = (value ?? {}) as RunState;
  const { model, changed, heads, settings, step, totalSteps, evaluated, best, stream, taken } = state;
  const isCount = (number: unknown, least = 0) => Number.isSafeInteger(number) && Number(number) >= least;
  const isObject = (part: unknown) => typeof part === 'object' && part !== null;
  const isRight =
    [model, settings, best, taken].every(isObject) &&
    [step, totalSteps, stream, best.waited].every((number) => isCount(number)) &&
    isCount(evaluated, -1) &&
    step <= totalSteps &&
    [changed, heads].every(Array.isArray) &&
    heads.every((head) => isObject(head) && typeof head.name === 'string' && Array.isArray(head.labels)) &&
    Object.values(taken).every((number) => isCount(number));
  if (!isRight) throw damaged(NAME, 'What it says of its run does not make sense.');
  return state;
}
