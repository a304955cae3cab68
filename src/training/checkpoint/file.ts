import { CheckpointError } from '../../errors.ts';
import type { SafetensorsFile } from '../../files/safetensors/safetensorsFile.ts';
import { checkTensors, damaged, openSealed } from '../../files/safetensors/sealed.ts';
import type { KernelChoice } from '../../gpu/variants.ts';
import { headFacts } from '../../model/heads.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { HeadFacts } from '../../types.ts';
import { isObject } from '../../values/isObject.ts';
import type { BestState } from '../evaluation/bestEvaluation.ts';
import { metricsOf } from '../evaluation/headMetrics.ts';
import type { EvaluationEvent, StepEvent } from '../events.ts';
import { readingOf } from '../losses/readings.ts';
import type { TrainerOptions } from '../options/options.ts';
import { evaluationOptions } from '../options/splitExamples.ts';
import type { Run, RunNumbers } from '../step/run.ts';
import type { ModelIdentity } from './modelIdentity.ts';
import { type PackedOptions, unpackOptions } from './packedOptions.ts';

/** To be raised whenever layout, formulas or defaults change so that an older checkpoint cannot go on. */
export const CHECKPOINT_VERSION = '1';
export const keys = { version: 'tabgradCheckpoint', library: 'tabgrad', state: 'state' };
/** Names of the tensors that are no parameters; a parameter has its name in the model. */
export const tensorNames = {
  texts: 'run/texts.json',
  history: 'run/history.json',
  /** Rows of the word embeddings that have moments, ascending. */
  vocabulary: 'run/vocabulary',
  shrinkage: 'adam/shrinkage',
  moment: (kind: 'm' | 'v', parameter: string) => `adam/${kind}/${parameter}`,
};

/** The tensors of a run beside weights: moments, and what is still owed to rows that only decay. */
export function runTensors({ trainable }: Run, owesDecay: boolean): { name: string; tensor: Tensor }[] {
  const moments = trainable.names.flatMap((name) =>
    (['m', 'v'] as const).map((kind) => {
      return { name: tensorNames.moment(kind, name), tensor: trainable.moment(kind, name) };
    }),
  );
  return [...(owesDecay ? [{ name: tensorNames.shrinkage, tensor: trainable.shrinkage }] : []), ...moments];
}

/** The events of a run, without what its evaluations say of each text. */
export type RunHistory = (StepEvent | Omit<EvaluationEvent, 'heldOut'>)[];

/** Facts that the saved checkpoints of one run share. */
export interface RunLabel {
  /** The run's id in the browser's storage. */
  run: string;
  name: string;
  /** Data of the caller's own, as JSON. */
  about?: unknown;
}

/** Everything of a run that is not a tensor. */
export interface RunState extends RunNumbers {
  model: ModelIdentity;
  /** Encoder parameters that are in the file: all that differ from the model as it was loaded. */
  changed: string[];
  /** The run's kernels, and the adapter that they were chosen on; checkpoints of tabgrad 0.1.0 have none. */
  kernels?: { adapter: string; choice: KernelChoice };
  heads: HeadFacts[];
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

/** The content of a checkpoint without its weights. */
export interface CheckpointContent {
  /** With examples; without heads. */
  options: TrainerOptions;
  heads: HeadFacts[];
  step: number;
  totalSteps: number;
  /** Milliseconds since 1970. */
  savedAt: number;
  /** Events up to the step. */
  history: RunHistory;
  /** Name and data that it was saved with, if a run's `checkpoints` saved it. */
  name?: string;
  about?: unknown;
}

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
 * Reads what a checkpoint says of its run, without its weights: for a page that shows a run before its model is
 * there.
 * @throws CheckpointError ('damaged', 'version')
 */
export async function readCheckpoint(given: Blob | Uint8Array<ArrayBuffer>): Promise<CheckpointContent> {
  const open = await openRun(given);
  const { blob, file, state } = open;
  // The seal covers the header, which holds the checksums of the rest: those of what is read here are checked.
  const read: string[] = [tensorNames.texts, tensorNames.history];
  const tensors = new Map([...file.tensors].filter(([name]) => read.includes(name)));
  await checkTensors(blob, { ...file, tensors }, NAME);
  const { heads, step, totalSteps, savedAt, label: { name, about } = {} } = state;
  return {
    options: await optionsOf(open),
    heads: headFacts(heads),
    ...{ step, totalSteps, savedAt },
    history: await historyOf(open),
    ...(name !== undefined && { name }),
    ...(about !== undefined && { about }),
  };
}

/** A run's options without its heads. @throws CheckpointError ('damaged') */
export async function optionsOf({ file, state }: OpenCheckpoint): Promise<TrainerOptions> {
  const { settings, heads } = state;
  const texts = await readJson(file, tensorNames.texts);
  try {
    const options = unpackOptions({ settings, texts: (texts ?? {}) as PackedOptions['texts'] });
    const { examples: apart } = evaluationOptions(options.evaluation);
    const reading = readingOf(options.loss);
    reading?.resolve('examples', options.examples, heads);
    if (apart !== undefined) reading?.resolve('evaluation', apart, heads);
    return options;
  } catch (cause) {
    throw damaged(NAME, `Its settings or examples cannot be read (${String(cause).slice(0, 200)}).`);
  }
}

/** @throws CheckpointError ('damaged') */
export async function historyOf({ file }: OpenCheckpoint): Promise<RunHistory> {
  const history = await readJson(file, tensorNames.history);
  if (!Array.isArray(history) || !history.every(isObject)) throw damaged(NAME, 'Its history is no list.');
  return (history as RunHistory).map(withMetrics);
}

/** An evaluation that was told before evaluations had metrics gets those of its heads. */
function withMetrics<T extends RunHistory[number]>(event: T): T {
  if (event.type !== 'evaluation' || event.metrics !== undefined) return event;
  const { losses, accuracy, macroF1 }: Partial<EvaluationEvent> = event;
  const values = { losses: losses ?? {}, accuracy: accuracy ?? {}, macroF1: macroF1 ?? {} };
  return { ...event, metrics: metricsOf(values) };
}

/** The file's name in messages. */
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

/** The seal proves that the file is as it was written. This checks that a trainer wrote it. */
function checkState(value: unknown): RunState {
  const state = (value ?? {}) as RunState;
  const { model, changed, heads, settings, step, totalSteps, evaluated, best, stream, taken } = state;
  const { label = { run: '', name: '' }, kernels = { adapter: '', choice: {} }, savedAt } = state;
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((text) => typeof text === 'string');
  const isHead = (head: unknown) =>
    isObject(head) &&
    isTexts([head.name]) &&
    isTexts(head.labels) &&
    (head.pooling === 'cls' || head.pooling === 'mean');
  const isRight =
    [model, settings, best, taken, label, kernels, kernels.choice].every(isObject) &&
    isTexts([kernels.adapter, label.name, ...Object.values(kernels.choice)]) &&
    Number.isFinite(savedAt) &&
    [step, totalSteps, stream, best.waited, evaluated, ...Object.values(taken)].every(Number.isSafeInteger) &&
    [step, stream, best.waited, evaluated + 1, totalSteps - step, ...Object.values(taken)].every(
      (count) => count >= 0,
    ) &&
    isTexts(changed) &&
    Array.isArray(heads) &&
    heads.every(isHead);
  if (!isRight) throw damaged(NAME, 'What it says of its run does not make sense.');
  return { ...state, best: { ...best, event: best.event && withMetrics(best.event) } };
}
