import { TabgradError, throwIfAborted } from '../errors.ts';
import type { SentenceTransformer } from '../model/sentenceTransformer.ts';
import type { ModelState } from '../model/state.ts';
import { usedTokens } from './batches/tokenizedExample.ts';
import { Tokens } from './batches/tokens.ts';
import { Updates } from './batches/updates.ts';
import { Autosave, checkCheckpointOptions, type TrainOptions } from './checkpoint/autosave.ts';
import type { RunHistory } from './checkpoint/file.ts';
import { asDamaged, type CheckedCheckpoint, checkCheckpoint, checkRun } from './checkpoint/reader.ts';
import type { StoredCheckpoint } from './checkpoint/store.ts';
import { Control } from './control.ts';
import type { TrainingEvent } from './events.ts';
import type { TrainerOptions } from './options/options.ts';
import { makeRecipe, type Recipe } from './options/recipe.ts';
import { measure, type TrainingTime } from './planning/measure.ts';
import { dryRun, makePlan, type TrainingPlan } from './planning/plan.ts';
import { openSession, type Session } from './session.ts';

/**
 * Trains a model's encoder and heads together. Texts have the model's default prompt in front, where it has one, as
 * in `predict` and `encode`. (sentence-transformers' own trainer adds a prompt only where it is told to.)
 * @see docs/architecture.md, "A step of training"
 */
export class Trainer {
  readonly #core: ModelState;
  readonly #options: TrainerOptions;
  readonly #tokens: Tokens;
  #recipe: Recipe;
  readonly #control = new Control();
  readonly #from: CheckedCheckpoint | undefined;
  #session: Session | undefined;
  #autosave: Autosave | undefined;
  #doing: 'training' | 'measuring' | undefined;

  /**
   * @param from for {@link resume}
   * @throws ArgumentError naming the option, what was given and what works
   */
  constructor(model: SentenceTransformer, options: TrainerOptions, from?: CheckedCheckpoint) {
    model.core.checkUsable();
    this.#core = model.core;
    this.#options = options;
    this.#from = from;
    this.#tokens = new Tokens(model.core);
    this.#recipe = this.#makeRecipe();
  }

  /**
   * Makes a trainer whose `train()` is the rest of the run that a checkpoint was taken of. On the same adapter it
   * gives the bits that the whole run gives. Until then the model stays as it is; then it gets the checkpoint's
   * weights and heads, and no others.
   * @param model the one that the run began with: loaded anew, or whatever has become of it
   * @throws CheckpointError saying what is wrong with the checkpoint
   * @throws AbortError, DeviceLostError, or TabgradError for a model that is disposed of
   */
  static async resume(
    model: SentenceTransformer,
    checkpoint: Blob | Uint8Array<ArrayBuffer>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Trainer> {
    throwIfAborted(signal);
    model.core.checkUsable();
    const from = await checkCheckpoint(model.core, checkpoint, signal);
    try {
      const trainer = new Trainer(model, from.options, from);
      await trainer.#read(signal);
      const vocabulary = usedTokens(trainer.#tokens.of(trainer.#recipe.options.training));
      await checkRun(model.core, trainer.#recipe, vocabulary, trainer.totalSteps, from);
      return trainer;
    } catch (error) {
      throw asDamaged(error);
    }
  }

  /** The events of the run up to the checkpoint that it goes on from, without what evaluations say of each text. */
  get history(): RunHistory {
    return [...(this.#from?.history ?? [])];
  }

  /** Updates of the whole run. */
  get totalSteps(): number {
    return new Updates(this.#recipe.options).total;
  }

  /**
   * Tells what the run trains and how much GPU memory it takes. Nothing is allocated on the GPU, and nothing of the
   * model changes.
   */
  async plan(): Promise<TrainingPlan> {
    this.#core.checkUsable();
    await this.#read();
    this.#core.checkUsable();
    if (this.#doing !== 'training') this.#recipe = this.#makeRecipe();
    const recipe = this.#recipe;
    const updates = new Updates(recipe.options);
    const training = this.#tokens.of(recipe.options.training);
    const counted = dryRun(this.#core, recipe, usedTokens(training), updates.largest(training));
    return makePlan(this.#core, recipe, counted, updates.total);
  }

  /**
   * Tells how long the run takes on this adapter: it times updates of middling size on a copy of the model, which is
   * thrown away. Nothing of the model changes; meanwhile its weights are on the GPU twice.
   * @throws TabgradError while the model is being trained
   * @throws ArgumentError, AbortError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async measure({ signal }: { signal?: AbortSignal } = {}): Promise<TrainingTime> {
    this.#begin('measure', 'measuring');
    try {
      const throwIfEnded = () => this.#throwIfEnded(signal);
      throwIfEnded();
      this.#throwIfTrained('measure');
      await this.#read(signal);
      throwIfEnded();
      this.#throwIfTrained('measure');
      this.#recipe = this.#makeRecipe();
      const { training, evaluation } = this.#recipe.options;
      const [some, others] = [this.#tokens.of(training), this.#tokens.of(evaluation)];
      return await measure(this.#core, this.#recipe, some, others, { throwIfEnded, signal });
    } finally {
      this.#doing = undefined;
    }
  }

  /** Lets the step under way end, and waits before the next. */
  pause(): void {
    this.#control.pause();
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#control.resume();
  }

  /** While paused: one more step. */
  step(): void {
    this.#control.step();
  }

  /**
   * Runs the training from the model's weights as they are, or the rest of a run that is resumed. Heads that the
   * model lacks are made first. Ending it early, by the signal or by leaving the loop, keeps what was learned. While
   * a step's event is handled the next step is under way already, unless the trainer is paused: `predict` and `read`
   * then see the next step's weights.
   * @throws ArgumentError for `checkpoints` that do not work
   * @throws AbortError, DivergedError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async *train({ signal, checkpoints }: TrainOptions = {}): AsyncGenerator<TrainingEvent, void, void> {
    if (checkpoints) checkCheckpointOptions(checkpoints);
    this.#begin('train', 'training');
    const stopWaiting = () => this.#control.wake();
    signal?.addEventListener('abort', stopWaiting);
    // The device is lost also where the model is disposed of.
    void this.#core.engine.device.lost.then(stopWaiting);
    let session: Session | undefined;
    let failure: unknown;
    try {
      this.#throwIfEnded(signal);
      await this.#read(signal);
      this.#throwIfEnded(signal);
      this.#recipe = this.#makeRecipe();
      this.#throwIfTrained('train');
      const { training, evaluation } = this.#recipe.options;
      session = openSession({
        core: this.#core,
        recipe: this.#recipe,
        given: this.#options,
        training: this.#tokens.of(training),
        heldOut: this.#tokens.of(evaluation),
        control: this.#control,
        throwIfEnded: () => this.#throwIfEnded(signal),
        signal,
        from: this.#from,
      });
      await session.begin();
      this.#session = session;
      if (checkpoints) this.#autosave = await Autosave.open(session, checkpoints);
      yield* session.events();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      signal?.removeEventListener('abort', stopWaiting);
      await this.#autosave?.close(failure);
      this.#autosave = undefined;
      this.#session = undefined;
      await session?.close();
      this.#doing = undefined;
    }
  }

  /**
   * Writes the run as it is now to one safetensors file: weights that have changed, heads, moments, settings,
   * examples, and how far it has come. It works also while the trainer is paused or a step's event is handled. The
   * next update waits until the tensors are read, and so does the end of a run that is stopped right after this call.
   * @throws TabgradError where no run is on
   * @throws DivergedError, DeviceLostError, OutOfMemoryError, GpuError
   */
  async checkpoint(): Promise<Blob> {
    this.#core.checkUsable();
    if (this.#session) return this.#session.checkpoint();
    throw new TabgradError(
      'checkpoint(): no run is on. Call it between the first event of train() and its end, or give train() checkpoints, of which the last is the run’s end.',
    );
  }

  /**
   * Saves the run in the browser's storage now, without waiting for the next time.
   * @returns undefined where nothing was saved: no run with `checkpoints` is on, or the save failed and `onNote` was
   * called
   */
  async saveCheckpoint(): Promise<StoredCheckpoint | undefined> {
    return this.#autosave?.save();
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
  #throwIfEnded(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    this.#core.checkUsable();
  }

  /** @throws TabgradError while another trainer trains the model */
  #throwIfTrained(call: string): void {
    if (!this.#core.isTraining) return;
    throw new TabgradError(
      `${call}(): another trainer is training this model. Let it end, or stop it first.`,
    );
  }

  /** Tokenizes the run's texts that were not tokenized before. @throws AbortError */
  async #read(signal?: AbortSignal): Promise<void> {
    const { training, evaluation } = this.#recipe.options;
    await this.#tokens.read([...training, ...evaluation], signal);
  }

  /** Works the options out for the heads that the model has by now. A resumed run has its own heads instead. */
  #makeRecipe(): Recipe {
    const { folder, parameters, heads } = this.#core;
    return makeRecipe({ folder, parameters, heads: this.#from ? new Map() : heads }, this.#options);
  }
}
