import type { ResolvedOptions } from '../options/resolvedOptions.ts';
import { batches } from './sampler.ts';
import { type TokenizedExample, tokensOf } from './tokenizedExample.ts';

type Update = readonly Uint32Array[];

/** The most examples, over all epochs, that the search for the largest update looks at. */
const MOST_LOOKED_AT = 2e6;

/** Lists the examples of each update of a run, and the updates after which there are evaluations. */
export class Updates {
  readonly #options: ResolvedOptions;
  readonly perEpoch: number;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.perEpoch = this.ofEpoch(0).length;
  }

  /** Updates of the whole run. */
  get total(): number {
    return this.#options.epochs * this.perEpoch;
  }

  /** @param epoch from 0 */
  ofEpoch(epoch: number): Update[] {
    const { training, batchSize, seed, accumulate } = this.#options;
    const order = batches(training.length, { batchSize, epoch, seed });
    return Array.from({ length: Math.ceil(order.length / accumulate) }, (_, u) =>
      order.slice(u * accumulate, (u + 1) * accumulate),
    );
  }

  /**
   * The update with the most tokens in one batch: no other takes more memory. Of a run of very many epochs only the
   * first ones are looked at; a later update that is larger takes a little more.
   * @param training all training examples
   */
  largest(training: readonly TokenizedExample[]): TokenizedExample[][] {
    let [most, largest]: [number, Update] = [-1, []];
    const epochs = Math.min(this.#options.epochs, Math.ceil(MOST_LOOKED_AT / training.length));
    const tokens = tokenCounter(training);
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      for (const update of this.ofEpoch(epoch)) {
        const count = Math.max(...update.map(tokens));
        if (count > most) [most, largest] = [count, update];
      }
    }
    return examplesOf(largest, training);
  }

  /** The update of the first epoch that is in the middle by tokens. @param training all training examples */
  middling(training: readonly TokenizedExample[]): TokenizedExample[][] {
    const tokens = tokenCounter(training);
    const bySize = this.ofEpoch(0)
      .map((update) => ({ update, size: update.reduce((sum, batch) => sum + tokens(batch), 0) }))
      .sort((a, b) => a.size - b.size);
    return examplesOf(bySize[Math.floor(bySize.length / 2)]!.update, training);
  }

  /** Whether there is an evaluation after so many updates, where anything is evaluated. */
  isEvaluated(step: number): boolean {
    const { everySteps } = this.#options;
    return step % this.perEpoch === 0 || (everySteps !== undefined && step % everySteps === 0);
  }

  /** Evaluations of a run that is not stopped early. */
  get evaluations(): number {
    const { evaluation, epochs, everySteps } = this.#options;
    if (evaluation.length === 0) return 0;
    if (everySteps === undefined) return 1 + epochs;
    const atBoth = (everySteps / greatestDivisor(everySteps, this.perEpoch)) * this.perEpoch;
    return 1 + epochs + Math.floor(this.total / everySteps) - Math.floor(this.total / atBoth);
  }
}

export function examplesOf(update: Update, training: readonly TokenizedExample[]): TokenizedExample[][] {
  return update.map((batch) => Array.from(batch, (i) => training[i]!));
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function tokenCounter(training: readonly TokenizedExample[]): (batch: Uint32Array) => number {
  const counts = training.map((example) => tokensOf([example]));
  return (batch) => batch.reduce((sum, i) => sum + counts[i]!, 0);
}
