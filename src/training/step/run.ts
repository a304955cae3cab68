import { DivergedError } from '../../errors.ts';
import type { ModelState } from '../../model/state.ts';
import { Dropout } from '../../ops/dropout.ts';
import { Adam, type AdamState } from '../../optim/adam.ts';
import { scheduleFactor } from '../../optim/schedule.ts';
import { Trainable } from '../../optim/trainable.ts';
import { type Tensor, toFloats } from '../../tensor/tensor.ts';
import type { TokenizedExample } from '../batches/tokenizedExample.ts';
import type { StepEvent } from '../events.ts';
import type { Recipe } from '../options/recipe.ts';
import { recordBatch } from './batchPasses.ts';
import { Gradients, trainedOf } from './gradients.ts';
import type { LossReading } from './lossReading.ts';

/** An update that is recorded. What it gave can be read once it is submitted. */
export interface Update {
  step: number;
  epoch: number;
  texts: number;
  rate: number;
  /** The loss's values on each of the update's batches. */
  losses: LossReading[];
  status: Promise<Float32Array>;
}

/** The state of a run between two updates that is not on the GPU. */
export interface RunNumbers extends AdamState {
  /** Streams of random numbers that dropout has used. */
  stream: number;
}

/** A run's gradients and moments on the GPU, and its place in the schedule and the random numbers. */
export class Run {
  readonly #core: ModelState;
  readonly #recipe: Recipe;
  readonly vocabulary: Uint32Array<ArrayBuffer>;
  readonly trainable: Trainable;
  readonly #adam: Adam;
  readonly #gradients: Gradients;
  #dropout: Dropout;
  readonly #totalSteps: number;
  readonly #factor: (update: number) => number;

  /** @param vocabulary tokens that the examples use, ascending @param totalSteps updates of the whole run */
  constructor(core: ModelState, recipe: Recipe, vocabulary: Uint32Array<ArrayBuffer>, totalSteps: number) {
    const { settings, kind, options } = recipe;
    const { betas, eps, clipNorm, dropout, seed, schedule } = options;
    const parameters = trainedOf(core.allParameters, core, recipe, vocabulary);
    this.#core = core;
    this.vocabulary = vocabulary;
    this.#recipe = recipe;
    this.trainable = new Trainable(core.engine, parameters);
    this.trainable.moments();
    this.#adam = new Adam(this.trainable, settings, { kind, betas, eps, clipNorm });
    this.#gradients = new Gradients(core, this.trainable, parameters);
    this.#dropout = new Dropout(dropout, seed);
    this.#totalSteps = totalSteps;
    this.#factor = scheduleFactor(schedule, totalSteps);
  }

  get state(): RunNumbers {
    return { ...this.#adam.state, stream: this.#dropout.stream };
  }

  /** The tensors that {@link settle} changes. */
  get owing(): Tensor[] {
    const { compact, names, shrinkage } = this.trainable;
    return [shrinkage, ...compact.map(({ index }) => this.#core.parameters.get(names[index]!))];
  }

  /** Goes on from a state. The caller writes moments and shrinkage. */
  restore({ stream, ...state }: RunNumbers): void {
    const { dropout, seed } = this.#recipe.options;
    this.#adam.restore(state);
    this.#dropout = new Dropout(dropout, seed, stream);
  }

  /** Records one update: forward → loss → backward → clip → update. @param group the batches that make it */
  update(group: readonly (readonly TokenizedExample[])[], step: number, epoch: number): Update {
    const { options, settings } = this.#recipe;
    const factor = this.#factor(step - 1);
    this.#gradients.startUpdate();
    const passes = { leaves: this.#gradients.leaves, share: 1 / group.length, dropout: this.#dropout };
    const losses = group.flatMap((examples) => recordBatch(this.#core, options.loss, examples, passes));
    const idle = this.#gradients.finish();
    this.#adam.step({ factor, idle });
    const status = toFloats(this.trainable.status);
    // A run that ends before it reads them has not failed to handle them.
    for (const promise of [status, ...losses.map(({ value }) => value)]) promise.catch(() => {});
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

  /** Reads an update's results. @param since performance.now() when only it was under way @throws DivergedError */
  async report({ step, epoch, texts, rate, losses, status }: Update, since: number): Promise<StepEvent> {
    const [norm, , , halted] = await status;
    const byName = new Map<string, number[]>();
    for (const { name, value } of losses) byName.set(name, [...(byName.get(name) ?? []), await value]);
    if (halted) {
      throw new DivergedError(
        `Training stopped at step ${step}: a loss or gradient is not a finite number. The weights are those before it. Use a lower learning rate, or clipNorm.`,
        { step },
      );
    }
    const { weights } = this.#recipe.options.loss;
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const means = [...byName].map(([name, values]) => [name, mean(values)] as const);
    return {
      type: 'step',
      step,
      totalSteps: this.#totalSteps,
      epoch,
      loss: means.reduce((sum, [name, mean]) => sum + mean * weights.get(name)!, 0),
      losses: Object.fromEntries(means),
      gradientNorm: norm!,
      learningRate: rate,
      textsPerSecond: (1000 * texts) / Math.max(performance.now() - since, 1e-3),
    };
  }

  /** Records the weight decay that is still owed to some parameters. */
  settle(): void {
    this.#adam.finish();
  }

  dispose(): void {
    this.#gradients.dispose();
    this.trainable.dispose();
  }
}
