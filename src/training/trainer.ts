import { checkUsable, type ModelCore } from '../core.ts';
import { TabgradError, throwIfAborted } from '../errors.ts';
import { tokenize } from '../running.ts';
import type { SentenceTransformer } from '../sentenceTransformer.ts';
import { Control } from './control.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluationEvent, StepEvent, TrainingEvent } from './events.ts';
import type { ResolvedExample } from './examples.ts';
import type { StoppingMetric, TrainerOptions } from './options.ts';
import { dryRun, makePlan, type TrainingPlan } from './plan.ts';
import { makeRecipe, type Recipe } from './recipe.ts';
import { Run, type Update } from './run.ts';
import { batches } from './sampler.ts';
import { type TokenizedExample, usedTokens } from './vocabulary.ts';

/**
 * Trains a model's encoder and heads together.
 * @see docs/architecture.md, "A step of training"
 */
export class Trainer {
  readonly #core: ModelCore;
  readonly #maxLength: number;
  readonly #options: TrainerOptions;
  #recipe: Recipe;
  readonly #control = new Control();
  #running = false;

  /** @throws ArgumentError naming the option, what was given and what works */
  constructor(model: SentenceTransformer, options: TrainerOptions) {
    checkUsable(model.core);
    this.#core = model.core;
    this.#maxLength = model.maxLength;
    this.#options = options;
    this.#recipe = makeRecipe(model.core, options);
  }

  /** Updates of the whole run. */
  get totalSteps(): number {
    const { options } = this.#recipe;
    const { epochs, accumulate } = options;
    return epochs * Math.ceil(this.#batches(0).length / accumulate);
  }

  /** What the run trains and how much GPU memory it takes; nothing is allocated for it. */
  plan(): TrainingPlan {
    checkUsable(this.#core);
    if (!this.#running) this.#renew();
    const { tokenizer } = this.#core.folder;
    const training = this.#recipe.options.training.map((example) => ({
      ...example,
      ids: tokenizer.encode(example.text, this.#maxLength).ids,
    }));
    return makePlan(this.#core, this.#recipe, this.#dryRun(training));
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
   * Runs the training, from the model's weights as they are. Ending it early, by the signal or by leaving the loop,
   * keeps what was learned. While a step's event is handled the next one is under way already, unless the trainer is
   * paused: the weights that `predict` or `read` then see are its.
   * @throws AbortError, DivergedError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async *train({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<TrainingEvent, void, void> {
    if (this.#running) throw new TabgradError('train(): this trainer is running already.');
    this.#running = true;
    const stopWaiting = () => this.#control.wake();
    signal?.addEventListener('abort', stopWaiting);
    // Also of a model that is disposed of.
    void this.#core.engine.device.lost.then(stopWaiting);
    let run: Run | undefined;
    try {
      this.#expectGoing(signal);
      this.#renew();
      const { options } = this.#recipe;
      const training = await this.#withIds(options.training, signal);
      const heldOut = await this.#withIds(options.evaluation, signal);
      run = this.#open(training);
      yield* this.#epochs(run, training, heldOut, signal);
    } finally {
      signal?.removeEventListener('abort', stopWaiting);
      if (run) await this.#close(run);
      this.#running = false;
    }
  }

  async *#epochs(
    run: Run,
    training: readonly TokenizedExample[],
    heldOut: readonly TokenizedExample[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TrainingEvent, void, void> {
    const { epochs, earlyStopping } = this.#recipe.options;
    const metric = earlyStopping?.metric ?? 'loss';
    const check = () => evaluate(this.#core, heldOut, this.#recipe.options.tasks, step, signal);
    let step = 0;
    let best: EvaluationEvent | null = null;
    let waited = 0;
    const take = (event: EvaluationEvent) => {
      waited += 1;
      if (!best || isBetter(event, best, metric)) [best, waited] = [event, 0];
      return event;
    };
    if (heldOut.length > 0) yield take(await check());
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      for await (const event of this.#steps(run, training, epoch, step, signal)) {
        step = event.step;
        yield event;
      }
      if (heldOut.length > 0) yield take(await check());
      if (earlyStopping && waited >= earlyStopping.patience) break;
    }
    yield { type: 'done', best };
  }

  /** One epoch. The next update is recorded while the last one computes, unless somebody waits between the two. */
  async *#steps(
    run: Run,
    training: readonly TokenizedExample[],
    epoch: number,
    done: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StepEvent, void, void> {
    const { accumulate } = this.#recipe.options;
    const order = this.#batches(epoch - 1);
    let since = performance.now();
    let pending: Update | undefined;
    const report = async (update: Update): Promise<StepEvent> => {
      const event = await run.report(update, since);
      since = performance.now();
      return event;
    };
    for (let first = 0; first < order.length; first += accumulate) {
      if (this.#control.waits && pending) {
        yield await report(pending);
        pending = undefined;
      }
      await this.#control.permit(() => this.#expectGoing(signal));
      since = pending ? since : performance.now();
      this.#expectGoing(signal);
      done += 1;
      const group = order
        .slice(first, first + accumulate)
        .map((batch) => [...batch].map((i) => training[i]!));
      const next = run.update(group, done, epoch);
      await this.#core.engine.commands.submit();
      if (pending) yield await report(pending);
      pending = next;
    }
    if (pending) yield await report(pending);
  }

  /** Of the update with the most tokens: no other takes more. */
  #dryRun(training: readonly TokenizedExample[]) {
    const { epochs, accumulate } = this.#recipe.options;
    let [most, largest]: [number, TokenizedExample[][]] = [-1, []];
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const order = this.#batches(epoch).map((batch) => [...batch].map((i) => training[i]!));
      for (let first = 0; first < order.length; first += accumulate) {
        const update = order.slice(first, first + accumulate);
        const tokens = Math.max(
          ...update.map((batch) => batch.reduce((sum, { ids }) => sum + ids.length, 0)),
        );
        if (tokens > most) [most, largest] = [tokens, update];
      }
    }
    return dryRun(this.#core, this.#recipe, usedTokens(training), largest);
  }

  /** @throws AbortError, DeviceLostError, or TabgradError once the model is disposed of */
  #expectGoing(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    checkUsable(this.#core);
  }

  /** Works the options out again where heads were added or replaced meanwhile. @throws ArgumentError */
  #renew(): void {
    this.#recipe = makeRecipe(this.#core, this.#options);
  }

  #open(training: readonly TokenizedExample[]): Run {
    if (this.#core.beforeRead) {
      throw new TabgradError(
        'train(): another trainer is training this model. Let it end, or stop it first.',
      );
    }
    const { tensors } = this.#dryRun(training);
    this.#core.engine.trim();
    this.#core.engine.buffers.reserve(tensors, 'tensor');
    const run = new Run(this.#core, this.#recipe, usedTokens(training), this.totalSteps);
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

  async #withIds(examples: readonly ResolvedExample[], signal?: AbortSignal): Promise<TokenizedExample[]> {
    const encoded = await tokenize(
      this.#core,
      examples.map(({ text }) => text),
      this.#maxLength,
      signal,
    );
    return examples.map((example, i) => ({ ...example, ids: encoded[i]!.ids }));
  }

  #batches(epoch: number): Uint32Array[] {
    const { training, batchSize, seed } = this.#recipe.options;
    return batches(training.length, { batchSize, epoch, seed });
  }
}

function isBetter(event: EvaluationEvent, best: EvaluationEvent, metric: StoppingMetric): boolean {
  if (metric === 'loss') return sum(event.losses) < sum(best.losses);
  return sum(event[metric]) > sum(best[metric]);
}

function sum(byTask: Readonly<Record<string, number>>): number {
  return Object.values(byTask).reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);
}
