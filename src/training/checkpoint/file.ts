import { CheckpointError } from '../../errors.ts';
import type { SafetensorsFile } from '../../files/safetensors/safetensorsFile.ts';
import { checkTensors, damaged, openSealed } from '../../files/safetensors/sealed.ts';
import type { KernelChoice } from '../../gpu/variants.ts';
import type { BestState } from '../evaluation/bestEvaluation.ts';
import type { EvaluationEvent, StepEvent } from '../events.ts';
import type { Example } from '../options/examples.ts';
import type { TrainerOptions } from '../options/options.ts';
import type { PlannedHead } from '../options/plannedHeads.ts';
import type { RunNumbers } from '../step/run.ts';
import type { ModelIdentity } from './modelIdentity.ts';
import { type PackedOptions, unpackOptions } from './packedOptions.ts';

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
  /** The kernels that the run uses, and the adapter that they were chosen on; checkpoints of tabgrad 0.1.0 have none. */
  kernels?: { adapter: string; choice: KernelChoice };
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
  const { blob, file, state } = open;
  // The seal is of the header; what is read here of the rest has sums in it.
  const told = [tensorNames.texts, tensorNames.history].flatMap((name) => {
    const entry = file.tensors.get(name);
    return entry ? [[name, entry] as const] : [];
  });
  await checkTensors(blob, { ...file, tensors: new Map(told) }, NAME);
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
  const { examples, evaluation } = (texts ?? {}) as Record<string, unknown>;
  if (!isExamples(examples) || (evaluation !== undefined && !isExamples(evaluation))) {
    throw damaged(NAME, 'Its texts are not texts with labels.');
  }
  try {
    return unpackOptions({ settings: state.settings, texts: texts as PackedOptions['texts'] });
  } catch (cause) {
    throw damaged(NAME, `Its settings cannot be read (${String(cause).slice(0, 200)}).`);
  }
}

/** @throws CheckpointError ('damaged') */
export async function historyOf({ file }: OpenCheckpoint): Promise<RunHistory> {
  const history = await readJson(file, tensorNames.history);
  if (!Array.isArray(history) || !history.every(isObject)) throw damaged(NAME, 'Its history is no list.');
  return history as RunHistory;
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
  const { label = { run: '', name: '' }, kernels = { adapter: '', choice: {} }, savedAt } = state;
  const isCount = (number: unknown, least = 0) => Number.isSafeInteger(number) && Number(number) >= least;
  const isRight =
    [model, settings, best, taken, label, kernels, kernels.choice].every(isObject) &&
    isTexts([kernels.adapter, ...Object.values(kernels.choice)]) &&
    isText(label.name) &&
    Number.isFinite(savedAt) &&
    [step, totalSteps, stream, best.waited].every((number) => isCount(number)) &&
    isCount(evaluated, -1) &&
    step <= totalSteps &&
    [changed, heads].every(Array.isArray) &&
    changed.every(isText) &&
    heads.every(isHead) &&
    Object.values(taken).every((number) => isCount(number));
  if (!isRight) throw damaged(NAME, 'What it says of its run does not make sense.');
  return state;
}

function isHead(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, labels, pooling } = value as Partial<RunState['heads'][number]>;
  return isText(name) && isTexts(labels) && (pooling === 'cls' || pooling === 'mean');
}

function isExamples(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every((example) => {
    if (!isObject(example)) return false;
    const { text, labels } = example as Partial<Example>;
    return isText(text) && isObject(labels) && Object.values(labels).every(isLabel);
  });
}

/** By name, by index, or none. */
function isLabel(value: unknown): boolean {
  return isText(value) || typeof value === 'number' || value === null;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
