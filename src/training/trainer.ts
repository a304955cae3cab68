import { checkUsable, type ModelCore } from '../core.ts';
import { TabgradError, throwIfAborted } from '../errors.ts';
import type { SentenceTransformer } from '../sentenceTransformer.ts';
import { BestEvaluation } from './bestEvaluation.ts';
import { Control } from './control.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluationEvent, StepEvent, TrainingEvent } from './events.ts';
import { addPlanned } from './heads.ts';
import { measure, type TrainingTime } from './measure.ts';
import type { TrainerOptions } from './options.ts';
import { dryRun, makePlan, type TrainingPlan } from './plan.ts';
import { makeRecipe, type Recipe } from './recipe.ts';
import { Run, type Update } from './run.ts';
import { Tokens } from './tokens.ts';
import { examplesOf, Updates } from './updates.ts';
import { type TokenizedExample, usedTokens } from './vocabulary.ts';

/**
 * Trains a model's encoder and heads together.
 * @see docs/architecture.md, "A step of training"
 */
export class Trainer {
  readonly #core: ModelCore;
  readonly #options: TrainerOptions;
  readonly #tokens: Tokens;
  #recipe: Recipe;
  readonly #control = new Control();
  #doing: 'training' | 'measuring' | undefined;

  /** @throws ArgumentError naming the option, what was given and what works */
  constructor(model: SentenceTransformer, options: TrainerOptions) {
    checkUsable(model.core);
    this.#core = model.core;
    this.#options = options;
    this.#tokens = new Tokens(model.core, model.maxLength);
    this.#recipe = makeRecipe(model.core, options);
  }

  /** Updates of the whole run. */
  get totalSteps(): number {
    return new Updates(this.#recipe.options).total;
  }

  /** What the run trains and how much GPU memory it takes; nothing is allocated for it, and nothing of the model changes. */
  async plan(): Promise<TrainingPlan> {
    checkUsable(this.#core);
    await this.#read();
    checkUsable(this.#core);
    if (this.#doing !== 'training') this.#renew();
    const recipe = this.#recipe;
    const updates = new Updates(recipe.options);
    const training = this.#tokens.of(recipe.options.training);
    const counted = dryRun(this.#core, recipe, usedTokens(training), updates.largest(training));
    return makePlan(this.#core, recipe, counted, updates.total);
  }

  /**
   * How long the run takes on this adapter: times updates of middling size on a copy of the model, which is thrown away.
   * Nothing of the model changes; meanwhile its weights are on the GPU twice.
   * @throws TabgradError while the model is being trained
   * @throws ArgumentError, AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async measure({ signal }: { signal?: AbortSignal } = {}): Promise<TrainingTime> {
    this.#begin('measure', 'measuring');
    try {
      const expectGoing = () => this.#expectGoing(signal);
      expectGoing();
      this.#expectAlone('measure');
      await this.#read(signal);
      expectGoing();
      this.#expectAlone('measure');
      this.#renew();
      const { training, evaluation } = this.#recipe.options;
      const [some, others] = [this.#tokens.of(training), this.#tokens.of(evaluation)];
      return await measure(this.#core, this.#recipe, some, others, { expectGoing, signal });
    } finally {
      this.#doing = undefined;
    }
  }

  /** Lets the step under way end, and waits before the next. */
  pause(): void {
    this.#control.pause();
  }

  resume(): void {
    this.#control.resume();
  }

  /** While paused: one more step. */
  step(): void {
    this.#control.step();
  }

  /**
   * Runs the training, from the model's weights as they are; heads that the model lacks are made first. Ending it early, by the signal or by leaving the loop,
   * keeps what was learned. While a step's event is handled the next one is under way already, unless the trainer is
   * paused: the weights that `predict` or `read` then see are its.
   * @throws AbortError, DivergedError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async *train({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<TrainingEvent, void, void> {
    this.#begin('train', 'training');
    const stopWaiting = () => this.#control.wake();
    signal?.addEventListener('abort', stopWaiting);
    // Also of a model that is disposed of.
    void this.#core.engine.device.lost.then(stopWaiting);
    let run: Run | undefined;
    try {
      this.#expectGoing(signal);
      await this.#read(signal);
      this.#expectGoing(signal);
      this.#renew();
      const { options } = this.#recipe;
      const training = this.#tokens.of(options.training);
      const updates = new Updates(options);
      run = this.#open(training, updates);
      yield* this.#epochs(run, training, updates, signal);
    } finally {
      signal?.removeEventListener('abort', stopWaiting);
      if (run) await this.#close(run);
      this.#doing = undefined;
    }
  }

  async *#epochs(
    run: Run,
    training: readonly TokenizedExample[],
    updates: Updates,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TrainingEvent, void, void> {
    const { epochs, earlyStopping, evaluation, tasks, details } = this.#recipe.options;
    const heldOut = this.#tokens.of(evaluation);
    const best = new BestEvaluation(earlyStopping);
    const check = async (step: number): Promise<EvaluationEvent> => {
      const event = await evaluate(this.#core, heldOut, tasks, { step, details, signal });
      best.take(event);
      return event;
    };
    if (heldOut.length > 0) yield await check(0);
    for (let epoch = 1; epoch <= epochs && !best.isEnough; epoch += 1) {
      for await (const event of this.#steps(run, training, updates, epoch, signal)) {
        yield event;
        if (heldOut.length > 0 && updates.isEvaluated(event.step)) yield await check(event.step);
        if (best.isEnough) break;
      }
    }
    yield { type: 'done', best: best.event };
  }

  /**
   * One epoch. The next update is recorded while the last one computes, unless somebody waits between the two or the
   * weights are to be evaluated as the last one left them.
   */
  async *#steps(
    run: Run,
    training: readonly TokenizedExample[],
    updates: Updates,
    epoch: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StepEvent, void, void> {
    const isEvaluated = this.#recipe.options.evaluation.length > 0;
    let done = (epoch - 1) * updates.perEpoch;
    let since = performance.now();
    let pending: Update | undefined;
    const report = async (update: Update): Promise<StepEvent> => {
      const event = await run.report(update, since);
      since = performance.now();
      return event;
    };
    for (const update of updates.ofEpoch(epoch - 1)) {
      if (pending && (this.#control.waits || (isEvaluated && updates.isEvaluated(done)))) {
        yield await report(pending);
        pending = undefined;
      }
      await this.#control.permit(() => this.#expectGoing(signal));
      since = pending ? since : performance.now();
      this.#expectGoing(signal);
      done += 1;
      const next = run.update(examplesOf(update, training), done, epoch);
      await this.#core.engine.commands.submit();
      if (pending) yield await report(pending);
      pending = next;
    }
    if (pending) yield await report(pending);
  }

  /** @throws TabgradError while this trainer is at work already */
  #begin(call: string, work: 'training' | 'measuring'): void {
    if (this.#doing === 'training') throw new TabgradError(`${call}(): this trainer is running already.`);
    if (this.#doing === 'measuring') {
      throw new TabgradError(`${call}(): this trainer is measuring. Let it end, or stop it first.`);
    }
    this.#doing = work;
  }

  /** @throws AbortError, DeviceLostError, or TabgradError once the model is disposed of */
  #expectGoing(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    checkUsable(this.#core);
  }

  /** @throws TabgradError while another trainer trains the model */
  #expectAlone(call: string): void {
    if (!this.#core.beforeRead) return;
    throw new TabgradError(
      `${call}(): another trainer is training this model. Let it end, or stop it first.`,
    );
  }

  /** Tokenizes what the run will need, if it is not yet. @throws AbortError */
  async #read(signal?: AbortSignal): Promise<void> {
    const { training, evaluation } = this.#recipe.options;
    await this.#tokens.read([...training, ...evaluation], signal);
  }

  /** Works the options out again where heads were added or replaced meanwhile. @throws ArgumentError */
  #renew(): void {
    this.#recipe = makeRecipe(this.#core, this.#options);
  }

  #open(training: readonly TokenizedExample[], updates: Updates): Run {
    this.#expectAlone('train');
    const { engine } = this.#core;
    const vocabulary = usedTokens(training);
    const { tensors } = dryRun(this.#core, this.#recipe, vocabulary, updates.largest(training));
    engine.trim();
    engine.buffers.reserve(tensors, 'tensor');
    addPlanned(this.#core, this.#recipe.heads);
    const run = new Run(this.#core, this.#recipe, vocabulary, updates.total);
    this.#core.beforeRead = () => run.settle();
    return run;
  }

  async #close(run: Run): Promise<void> {
    const core = this.#core;
    core.beforeRead = undefined;
    if (core.disposed) return;
    try {
      run.settle();
      await core.engine.commands.submit();
    } finally {
      run.dispose();
      core.engine.trim();
    }
  }
}
