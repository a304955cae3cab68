import { toFloats } from '../../tensor/tensor.ts';
import type { LossValue } from '../losses/loss.ts';

/** One of a loss's values on one batch, without its weight. */
export interface LossReading {
  name: string;
  /** Resolves once the batch is submitted and done. */
  value: Promise<number>;
}

/** The values of a batch whose parts are recorded one after the other. */
export class LossReadings {
  readonly #values = new Map<string, { reduce: LossValue['reduce']; parts: Promise<Float32Array>[] }>();

  add(values: readonly LossValue[]): void {
    for (const { name, numbers, reduce } of values) {
      const value = this.#values.get(name) ?? { reduce, parts: [] };
      this.#values.set(name, value);
      value.parts.push(toFloats(numbers));
    }
  }

  all(): LossReading[] {
    const values = [...this.#values];
    return values.map(([name, { reduce, parts }]) => ({ name, value: Promise.all(parts).then(reduce) }));
  }
}
