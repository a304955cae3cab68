import type { Remote } from 'comlink';
import { ArgumentError } from '../errors.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainingTime } from '../training/measure.ts';
import type { TrainerOptions } from '../training/options.ts';
import type { TrainingPlan } from '../training/plan.ts';
import type { TrainableModel } from '../types.ts';
import type { TrainerDoor } from './api.ts';
import { cloneable } from './cloneable.ts';
import { EventQueue } from './eventQueue.ts';
import type { WorkerLine } from './line.ts';

/** The lines of the models that this thread holds: what a trainer needs, and nobody else. */
export const lines = new WeakMap<TrainableModel, WorkerLine>();

/**
 * Trains a model in its worker: the same face and the same errors as `Trainer` of `tabgrad`, but that a constructor
 * cannot wait. What is wrong with the options is thrown by `totalSteps`, `plan()`, `measure()` and `train()`.
 */
export class Trainer {
  readonly #line: WorkerLine;
  readonly #made: Promise<Remote<TrainerDoor>>;

  /** @param model a model of `tabgrad/worker` */
  constructor(model: TrainableModel, options: TrainerOptions) {
    const line = lines.get(model);
    if (!line) {
      throw new ArgumentError(
        'Trainer: this model is not in a worker. Pass what fromPretrained() of "tabgrad/worker" gave, or use Trainer of "tabgrad".',
        { argument: 'model' },
      );
    }
    this.#line = line;
    this.#made = line
      .call({}, async (api) => api.trainer(options))
      .catch((error: unknown) => {
        throw cloneable(error, 'options');
      });
    // Heard by whoever uses the trainer.
    this.#made.catch(() => {});
  }

  /** Updates of the whole run. */
  get totalSteps(): Promise<number> {
    return this.#made.then((door) => this.#line.call({}, () => door.totalSteps()));
  }

  /** What the run trains and how much GPU memory it takes; nothing is allocated for it, and nothing of the model changes. */
  async plan(): Promise<TrainingPlan> {
    const door = await this.#made;
    return this.#line.call({}, () => door.plan());
  }

  /**
   * How long the run takes on this adapter: times updates of middling size on a copy of the model, which is thrown away.
   * Nothing of the model changes; meanwhile its weights are on the GPU twice.
   * @throws TabgradError while the model is being trained
   * @throws ArgumentError, AbortError, DeviceLostError, OutOfMemoryError, GpuError, WorkerError
   */
  async measure({ signal }: { signal?: AbortSignal } = {}): Promise<TrainingTime> {
    const door = await this.#made;
    return this.#line.call<TrainingTime, never>({ signal }, (_, ...rest) => door.measure(...rest));
  }

  /** Lets the step under way end, and waits before the next. */
  pause(): void {
    this.#tell((door) => door.pause());
  }

  resume(): void {
    this.#tell((door) => door.resume());
  }

  /** While paused: one more step. */
  step(): void {
    this.#tell((door) => door.step());
  }

  /**
   * Runs the training, from the model's weights as they are; heads that the model lacks are made first. Ending it early, by the signal or by leaving the loop,
   * keeps what was learned. The worker is at most one event ahead of the loop.
   * @throws ArgumentError for options that do not work
   * @throws AbortError, DivergedError, DeviceLostError, OutOfMemoryError, GpuError, WorkerError
   */
  async *train({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<TrainingEvent, void, void> {
    const door = await this.#made;
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) stop.abort();
    const events = new EventQueue<TrainingEvent>();
    const hooks = { onProgress: (event: TrainingEvent) => events.push(event), signal: stop.signal };
    const run = this.#line.call(hooks, (_, ...rest) => door.train(...rest));
    run.then(
      () => events.end(),
      (error: unknown) => events.end({ error }),
    );
    try {
      yield* events;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      stop.abort();
      events.close();
      // The worker has given the run's memory back then.
      await run.catch(() => {});
    }
  }

  /** Sends without waiting: if that fails, the run fails too, and says why. */
  #tell(send: (door: Remote<TrainerDoor>) => Promise<void>): void {
    this.#made.then((door) => this.#line.call({}, () => send(door))).catch(() => {});
  }
}
