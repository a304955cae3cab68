import type { ResolvedOptions } from './options.ts';
import { batches } from './sampler.ts';
import type { TokenizedExample } from './vocabulary.ts';

/** The batches of one update: indices of training examples. */
export type UpdateOrder = readonly Uint32Array[];

/** Updates of one epoch, and which batches make each. */
export class Updates {
  readonly #options: ResolvedOptions;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  /** Updates of one epoch. */
  get perEpoch(): number {
    return this.ofEpoch(0).length;
  }

  /** Updates of the whole run. */
  get total(): number {
    return this.#options.epochs * this.perEpoch;
  }

  /** @param epoch from 0 */
  ofEpoch(epoch: number): UpdateOrder[] {
    const { training, batchSize, seed, accumulate } = this.#options;
    const order = batches(training.length, { batchSize, epoch, seed });
    return Array.from({ length: Math.ceil(order.length / accumulate) }, (_, u) =>
      order.slice(u * accumulate, (u + 1) * accumulate),
    );
  }

  /** Whether there is an evaluation after so many updates, where anything is evaluated. */
  isEvaluated(step: number): boolean {
    const { everySteps } = this.#options;
    return step % this.perEpoch === 0 || (everySteps !== undefined && step % everySteps === 0);
  }

  /** Evaluations of a run that is not stopped early. */
  get evaluations(): number {
    if (this.#options.evaluation.length === 0) return 0;
    let count = 1;
    for (let step = 1; step <= this.total; step += 1) if (this.isEvaluated(step)) count += 1;
    return count;
  }
}
