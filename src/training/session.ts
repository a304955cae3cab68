import { headFacts } from '../model/heads.ts';
import type { ModelState } from '../model/state.ts';
import { type TokenizedExample, usedTokens } from './batches/tokenizedExample.ts';
import { examplesOf, Updates } from './batches/updates.ts';
import type { RunHistory, RunLabel } from './checkpoint/file.ts';
import { type PackedOptions, packOptions } from './checkpoint/packedOptions.ts';
import { type CheckedCheckpoint, restoreRun, useKernels } from './checkpoint/reader.ts';
import { writeCheckpoint } from './checkpoint/writer.ts';
import type { Control } from './control.ts';
import { BestEvaluation } from './evaluation/bestEvaluation.ts';
import type { EvaluationEvent, StepEvent, TrainingEvent } from './events.ts';
import { lossNamed } from './losses/losses.ts';
import type { TrainerOptions } from './options/options.ts';
import { addPlanned } from './options/plannedHeads.ts';
import type { Recipe } from './options/recipe.ts';
import { dryRun } from './planning/plan.ts';
import { Run, type Update } from './step/run.ts';

export interface SessionOptions {
  core: ModelState;
  recipe: Recipe;
  /** The options as the caller gave them: checkpoints hold these. */
  given: TrainerOptions;
  training: readonly TokenizedExample[];
  heldOut: readonly TokenizedExample[];
  control: Control;
  throwIfEnded: () => void;
  signal: AbortSignal | undefined;
  from: CheckedCheckpoint | undefined;
}

/**
 * Makes room on the GPU for all that the run takes, and gives the model the heads that it lacks. A resumed run
 * brings its own heads: the model's are removed.
 */
export function openSession(options: SessionOptions): Session {
  const { core, recipe, training, from } = options;
  const { engine, heads } = core;
  if (from) useKernels(core, from);
  const largest = new Updates(recipe.options).largest(training);
  const { tensors } = dryRun(core, recipe, usedTokens(training), largest);
  engine.trim();
  engine.buffers.reserve(tensors, 'tensor');
  if (from) for (const name of [...heads.keys()]) core.removeHead(name);
  addPlanned(core, recipe.heads);
  return new Session(options);
}

/** A training from its first update to its last, or from a checkpoint on: the loop, and where it is. */
export class Session {
  readonly #options: SessionOptions;
  readonly #updates: Updates;
  readonly #run: Run;
  readonly #best: BestEvaluation;
  readonly #history: RunHistory;
  /** Updates that are recorded and not reported: two at most. */
  readonly #underWay: Update[] = [];
  /** When the first of these began to be the only one, as performance.now(). */
  #since = 0;
  #step: number;
  #evaluated: number;
  #packed: PackedOptions | undefined;
  #reading: Promise<void> | undefined;
  #checkpoint: { mark: string; blob: Promise<Blob> } | undefined;
  label: RunLabel | undefined;
  /** Called when the loop begins to wait; all events are out by then. */
  onWait: (() => void) | undefined;

  constructor(options: SessionOptions) {
    const { core, recipe, training, from } = options;
    this.#options = options;
    this.#updates = new Updates(recipe.options);
    this.#run = new Run(core, recipe, usedTokens(training), this.#updates.total);
    this.#best = new BestEvaluation(recipe.options.evaluator, recipe.options.earlyStopping, from?.state.best);
    this.#history = [...(from?.history ?? [])];
    this.#step = from?.state.step ?? 0;
    this.#evaluated = from?.state.evaluated ?? -1;
    this.label = from?.state.label;
    core.beginTraining(this.#run);
  }

  /** Changes when there is something new to save. */
  get mark(): string {
    return `${this.#step} ${this.#evaluated}`;
  }

  get step(): number {
    return this.#step;
  }

  get totalSteps(): number {
    return this.#updates.total;
  }

  /** Restores a run that is resumed; to be called before the first event. @throws CheckpointError, DeviceLostError */
  async begin(): Promise<void> {
    const { core, from } = this.#options;
    if (from) await restoreRun(core, this.#run, from);
    const { names } = core.parameters;
    for (const name of this.#run.trainable.names) if (names.includes(name)) core.trained.add(name);
  }

  async *events(): AsyncGenerator<TrainingEvent, void, void> {
    if (this.#isDue) yield await this.#evaluate();
    while (this.#step < this.#updates.total && !this.#best.isEnough) {
      for await (const event of this.#epoch()) {
        yield event;
        if (this.#isDue) yield await this.#evaluate();
        if (this.#best.isEnough) break;
      }
    }
    yield { type: 'done', best: this.#best.state.event };
  }

  /**
   * The run as it is at the call: after the last update that was recorded. The next update waits until the tensors
   * are read. @throws DivergedError, DeviceLostError, OutOfMemoryError, GpuError
   */
  checkpoint(): Promise<Blob> {
    const { mark } = this;
    const before = this.#reading;
    if (before && this.#checkpoint?.mark === mark) return this.#checkpoint.blob;
    const { core, recipe, given } = this.#options;
    this.#packed ??= packOptions(given, lossNamed(given.loss).fields);
    const { settings, texts } = this.#packed;
    let onTensorsRead = () => {};
    const reading = new Promise<void>((resolve) => {
      onTensorsRead = () => {
        if (this.#reading === reading) this.#reading = undefined;
        resolve();
      };
    });
    this.#reading = reading;
    const state = {
      settings,
      heads: headFacts(recipe.heads),
      step: this.#step,
      totalSteps: this.#updates.total,
      evaluated: this.#evaluated,
      best: this.#best.state,
      ...(this.label && { label: this.label }),
    };
    const history = this.#wholeHistory();
    history.catch(() => {});
    const moment = { core, run: this.#run, state, texts, history };
    const write = () => writeCheckpoint(moment, onTensorsRead);
    // While tensors are read nothing changes, but for an evaluation, which the next checkpoint holds.
    const blob = (before ? before.then(write) : write()).finally(onTensorsRead);
    this.#checkpoint = { mark, blob };
    return blob;
  }

  async close(): Promise<void> {
    const { core } = this.#options;
    while (this.#reading && !core.isDisposed) await this.#reading;
    core.endTraining();
    if (core.isDisposed) return;
    try {
      this.#run.settle();
      await core.engine.commands.submit();
    } finally {
      this.#run.dispose();
      core.engine.trim();
    }
  }

  /**
   * Runs the rest of an epoch. The next update is recorded while the last one computes, unless the trainer is paused
   * between the two, or the weights are to be evaluated as the last update left them.
   */
  async *#epoch(): AsyncGenerator<StepEvent, void, void> {
    const { core, training, control, throwIfEnded } = this.#options;
    const { perEpoch } = this.#updates;
    const epoch = Math.floor(this.#step / perEpoch) + 1;
    this.#since = performance.now();
    for (const update of this.#updates.ofEpoch(epoch - 1).slice(this.#step % perEpoch)) {
      if (this.#underWay.length > 0 && (control.waits || this.#isEvaluated(this.#step))) {
        yield await this.#report();
      }
      if (control.waits) this.onWait?.();
      await control.permit(throwIfEnded);
      while (this.#reading) await this.#reading;
      if (this.#underWay.length === 0) this.#since = performance.now();
      throwIfEnded();
      this.#step += 1;
      this.#underWay.push(this.#run.update(examplesOf(update, training), this.#step, epoch));
      await core.engine.commands.submit();
      if (this.#underWay.length > 1) yield await this.#report();
    }
    while (this.#underWay.length > 0) yield await this.#report();
  }

  async #report(): Promise<StepEvent> {
    const event = await this.#run.report(this.#underWay[0]!, this.#since);
    this.#since = performance.now();
    this.#underWay.shift();
    this.#history.push(event);
    return event;
  }

  /** All events up to the step, those of the updates under way included. */
  async #wholeHistory(): Promise<RunHistory> {
    const [told, since] = [[...this.#history], this.#since];
    const rest = this.#underWay.map((update) => this.#run.report(update, since));
    return [...told, ...(await Promise.all(rest))];
  }

  get #isDue(): boolean {
    const isTold = this.#underWay.length === 0;
    return isTold && this.#isEvaluated(this.#step) && this.#evaluated < this.#step;
  }

  #isEvaluated(step: number): boolean {
    return this.#options.heldOut.length > 0 && this.#updates.isEvaluated(step);
  }

  async #evaluate(): Promise<EvaluationEvent> {
    const { core, recipe, heldOut, signal } = this.#options;
    const { evaluator, details } = recipe.options;
    const event = await evaluator.evaluate(core, heldOut, { step: this.#step, details, signal });
    const { heldOut: _, ...numbers } = event;
    this.#evaluated = this.#step;
    this.#best.take(event);
    this.#history.push(numbers);
    return event;
  }
}
