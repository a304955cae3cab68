import type { Remote } from 'comlink';
import { ArgumentError } from '../errors.ts';
import type { TrainOptions } from '../training/checkpoint/autosave.ts';
import type { RunHistory } from '../training/checkpoint/file.ts';
import type { StoredCheckpoint } from '../training/checkpoint/store.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options/options.ts';
import type { TrainingTime } from '../training/planning/measure.ts';
import type { TrainingPlan } from '../training/planning/plan.ts';
import type { TrainableModel } from '../types.ts';
import type { CheckpointNews, TrainerDoor } from './api.ts';
import { eventsOf } from './eventsOf.ts';
import type { WorkerLine } from './line.ts';

/** The connections of the models in this thread, for their trainers. */
export const lines = new WeakMap<TrainableModel, WorkerLine>();

/**
 * Trains a model in its worker: the same face and the same errors as `Trainer` of `tabgrad`, but that a constructor
 * cannot wait. What is wrong with the options is thrown by `totalSteps`, `plan()`, `measure()` and `train()`.
 */
export class Trainer {
  readonly #line: WorkerLine;
  readonly #made: Promise<Remote<TrainerDoor>>;

  /**
   * @param model a model of `tabgrad/worker`
   * @param made for {@link resume}: the trainer in the worker
   */
  constructor(model: TrainableModel, options: TrainerOptions, made?: Remote<TrainerDoor>) {
    const line = lineOf(model);
    this.#line = line;
    this.#made = made ? Promise.resolve(made) : line.call({}, async (api) => api.trainer(options), 'options');
    // Whoever uses the trainer gets the error; without this it would count as unhandled too.
    this.#made.catch(ignore);
  }

  /**
   * As `Trainer.resume` of `tabgrad`: a trainer whose `train()` is the rest of the run that a checkpoint was taken
   * of. Until then the model stays as it is; then it gets the checkpoint's weights and heads, and no others.
   * @param model loaded anew, or whatever has become of it
   * @throws CheckpointError saying what is wrong with the checkpoint
   * @throws AbortError, DeviceLostError, WorkerError
   */
  static async resume(
    model: TrainableModel,
    checkpoint: Blob | Uint8Array<ArrayBuffer>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Trainer> {
    const made = await lineOf(model).call<Remote<TrainerDoor>, never>(
      { signal },
      async (api, ...rest) => api.resumeTrainer(checkpoint, ...rest),
      'checkpoint',
    );
    return new Trainer(model, { examples: [] }, made);
  }

  /** Events of the run up to the checkpoint that it goes on from, evaluations without their results by text. */
  get history(): Promise<RunHistory> {
    return this.#ask((trainer) => trainer.history);
  }

  /**
   * The run as it is now, as one file; its bytes stay with the browser. The next update waits for it.
   * @throws TabgradError where no run is on
   * @throws DivergedError, DeviceLostError, OutOfMemoryError, GpuError, WorkerError
   */
  checkpoint(): Promise<Blob> {
    return this.#ask((trainer) => trainer.checkpoint());
  }

  /**
   * Keeps the run as it is now, without waiting for the next time: when the page is hidden, for one.
   * @returns undefined where nothing is kept: no run with `checkpoints` is on, or it failed, of which `onNote` is
   * told
   */
  saveCheckpoint(): Promise<StoredCheckpoint | undefined> {
    return this.#ask((trainer) => trainer.saveCheckpoint());
  }

  /** Updates of the whole run. */
  get totalSteps(): Promise<number> {
    return this.#ask((trainer) => trainer.totalSteps);
  }

  /**
   * What the run trains and how much GPU memory it takes; nothing is allocated for it, and nothing of the model
   * changes.
   */
  plan(): Promise<TrainingPlan> {
    return this.#ask((trainer) => trainer.plan());
  }

  /**
   * How long the run takes on this adapter: times updates of middling size on a copy of the model, which is thrown
   * away. Nothing of the model changes; meanwhile its weights are on the GPU twice.
   * @throws TabgradError while the model is being trained
   * @throws ArgumentError, AbortError, DeviceLostError, OutOfMemoryError, GpuError, WorkerError
   */
  async measure({ signal }: { signal?: AbortSignal } = {}): Promise<TrainingTime> {
    const door = await this.#made;
    return this.#line.call<TrainingTime, never>({ signal }, (_, ...rest) => door.measure(...rest));
  }

  /** Lets the step under way end, and waits before the next. */
  pause(): void {
    this.#ask((trainer) => trainer.pause()).catch(ignore);
  }

  /** Goes on after a pause. */
  resume(): void {
    this.#ask((trainer) => trainer.resume()).catch(ignore);
  }

  /** While paused: one more step. */
  step(): void {
    this.#ask((trainer) => trainer.step()).catch(ignore);
  }

  /**
   * Runs the training, from the model's weights as they are; heads that the model lacks are made first. Ending it
   * early, by the signal or by leaving the loop, keeps what was learned. The worker is at most one event ahead of the
   * loop.
   * @throws ArgumentError for options, or `checkpoints`, that do not work
   * @throws AbortError, DivergedError, DeviceLostError, OutOfMemoryError, GpuError, WorkerError
   */
  async *train({ signal, checkpoints }: TrainOptions = {}): AsyncGenerator<TrainingEvent, void, void> {
    const door = await this.#made;
    const { onSaved, onNote, ...settings } = checkpoints ?? { name: '' };
    yield* eventsOf<TrainingEvent, CheckpointNews>({
      line: this.#line,
      signal,
      argument: 'checkpoints',
      send: (_, ...rest) => door.train(checkpoints && settings, ...rest),
      isEvent: (told) => told.type !== 'checkpoint' && told.type !== 'checkpoint-note',
      onNews: (news) => (news.type === 'checkpoint' ? onSaved?.(news.saved) : onNote?.(news.message)),
    });
  }

  async #ask<T>(send: (trainer: Remote<TrainerDoor>['local']) => Promise<T>): Promise<T> {
    const door = await this.#made;
    return this.#line.call({}, () => send(door.local));
  }
}

/** If a call that nobody waits for fails, the run fails too, and says why. */
function ignore(): void {}

function lineOf(model: TrainableModel): WorkerLine {
  const line = lines.get(model);
  if (line) return line;
  throw new ArgumentError(
    'Trainer: this model is not in a worker. Pass what fromPretrained() of "tabgrad/worker" gave, or use Trainer of "tabgrad".',
    { argument: 'model' },
  );
}
