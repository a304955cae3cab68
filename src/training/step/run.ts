import { DivergedError } from '../../errors.ts';
import type { ModelCore } from '../../model/state.ts';
import { Dropout } from '../../ops/dropout.ts';
import { Adam, type AdamState } from '../../optim/adam.ts';
import { scheduleFactor } from '../../optim/schedule.ts';
import { clearSlice, Trainable, type TrainableBytes } from '../../optim/trainable.ts';
import { type Tensor, toFloats } from '../../tensor/tensor.ts';
import type { TokenizedExample } from '../batches/vocabulary.ts';
import type { StepEvent } from '../events.ts';
import type { Recipe } from '../options/recipe.ts';
import { Gradients, trainedParameters } from './gradients.ts';
import { recordPasses, type TaskLoss } from './stepRecorder.ts';

/** An update that is recorded; what it gave can be read once it is submitted. */
export interface Update {
  step: number;
  epoch: number;
  texts: number;
  rate: number;
  losses: TaskLoss[];
  /** The trainable's status after the update. */
  status: Promise<Float32Array>;
}

/** Of a run between two updates. */
export interface RunNumbers extends AdamState {
  /** Streams of random numbers that dropout has used. */
  stream: number;
}

/** What a run holds on the GPU beside the model: gradients, moments, and where it is in its schedule and random numbers. */
export class Run {
  readonly #core: ModelCore;
  readonly #recipe: Recipe;
  /** Tokens that the examples use, ascending. */
  readonly vocabulary: Uint32Array<ArrayBuffer>;
  readonly #trainable: Trainable;
  readonly #adam: Adam;
  readonly #gradients: Gradients;
  #dropout: Dropout;
  readonly #totalSteps: number;
  readonly #factor: (update: number) => number;

  /**
   * @param vocabulary tokens that the examples use, ascending
   * @param totalSteps updates of the whole run
   */
  constructor(core: ModelCore, recipe: Recipe, vocabulary: Uint32Array<ArrayBuffer>, totalSteps: number) {
    const { settings, kind, options } = recipe;
    const { betas, eps, clipNorm, dropout, seed, schedule } = options;
    const parameters = trainedParameters(core, settings, kind, vocabulary);
    this.#core = core;
    this.vocabulary = vocabulary;
    this.#recipe = recipe;
    this.#trainable = new Trainable(core.engine, parameters);
    this.#trainable.moments();
    this.#adam = new Adam(this.#trainable, settings, { kind, betas, eps, clipNorm });
    this.#gradients = new Gradients(core, this.#trainable, parameters);
    this.#dropout = new Dropout(dropout, seed);
    this.#totalSteps = totalSteps;
    this.#factor = scheduleFactor(schedule, totalSteps);
  }

  get bytes(): TrainableBytes {
    return this.#trainable.bytes;
  }

  /** What the next updates depend on beside numbers on the GPU. */
  get state(): RunNumbers {
    return { ...this.#adam.state, stream: this.#dropout.stream };
  }

  /** Names of what trains, in the model's order. */
  get names(): readonly string[] {
    return this.#trainable.names;
  }

  /** How much of the rows that only decay is gone. */
  get shrinkage(): Tensor {
    return this.#trainable.shrinkage;
  }

  /** What {@link settle} changes. */
  get owing(): Tensor[] {
    const { compact, names } = this.#trainable;
    return [this.shrinkage, ...compact.map(({ index }) => this.#core.parameters.get(names[index]!))];
  }

  /** Both moments of every parameter that trains. */
  moments(): { kind: 'm' | 'v'; name: string; tensor: Tensor }[] {
    return this.names.flatMap((name) =>
      (['m', 'v'] as const).map((kind) => ({ kind, name, tensor: this.#trainable.moment(kind, name) })),
    );
  }

  /** Goes on from a state; moments and shrinkage are for the caller to write. */
  restore({ stream, ...state }: RunNumbers): void {
    const { dropout, seed } = this.#recipe.options;
    this.#adam.restore(state);
    this.#dropout = new Dropout(dropout, seed, stream);
  }

  /** Records one update: forward → losses → backward → clip → update. @param group the batches that make it */
  update(group: readonly (readonly TokenizedExample[])[], step: number, epoch: number): Update {
    const { options, settings } = this.#recipe;
    const factor = this.#factor(step - 1);
    this.#gradients.startUpdate();
    const losses = group.flatMap((examples) =>
      recordPasses(
        this.#core,
        this.#gradients.leaves,
        examples,
        options.taskWeights,
        1 / group.length,
        this.#dropout,
      ),
    );
    const idle = this.#idleHeads(losses);
    for (const name of idle) clearSlice(this.#core.engine, this.#trainable.gradient(name).slice);
    this.#gradients.finish();
    this.#adam.step({ factor, idle, keepGradients: true });
    const status = toFloats(this.#trainable.status);
    // Who stops before reading has not failed to handle them.
    for (const promise of [status, ...losses.map(({ loss }) => loss)]) promise.catch(() => {});
    const rates = [...settings.values()].map(({ rate }) => rate ?? 0);
    return {
      step,
      epoch,
      texts: group.reduce((sum, { length }) => sum + length, 0),
      rate: Math.max(...rates) * factor,
      losses,
      status,
    };
  }

  /**
   * Reads what an update gave.
   * @param since when it began to be the only one under way, as performance.now()
   * @throws DivergedError
   */
  async report({ step, epoch, texts, rate, losses, status }: Update, since: number): Promise<StepEvent> {
    const [norm, , , halted] = await status;
    const byTask = new Map<string, number[]>();
    for (const { task, loss } of losses) byTask.set(task, [...(byTask.get(task) ?? []), await loss]);
    if (halted) {
      throw new DivergedError(
        `Training stopped at step ${step}: a loss or gradient is not a finite number. The weights are those before it. Use a lower learning rate, or clipNorm.`,
        { step },
      );
    }
    const { taskWeights } = this.#recipe.options;
    const means = [...byTask].map(([task, values]): [string, number] => [
      task,
      values.reduce((a, b) => a + b, 0) / values.length,
    ]);
    return {
      type: 'step',
      step,
      totalSteps: this.#totalSteps,
      epoch,
      loss: means.reduce((sum, [task, mean]) => sum + mean * taskWeights[task]!, 0),
      losses: Object.fromEntries(means),
      gradientNorm: norm!,
      learningRate: rate,
      textsPerSecond: (1000 * texts) / Math.max(performance.now() - since, 1e-3),
    };
  }

  /** Records the changes that some parameters are still owed. */
  settle(): void {
    this.#adam.finish();
  }

  dispose(): void {
    this.#gradients.dispose();
    this.#trainable.dispose();
  }

  /** Parameters of heads that no example of the update has a label for. */
  #idleHeads(losses: readonly TaskLoss[]): string[] {
    const seen = new Set(losses.map(({ task }) => task));
    return this.#trainable.names.filter((name) => {
      const task = /^heads\.(.+)\.[^.]+$/.exec(name)?.[1];
      return task !== undefined && !seen.has(task);
    });
  }
}
