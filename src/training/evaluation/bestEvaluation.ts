import type { DoneEvent, EvaluationEvent } from '../events.ts';
import type { EarlyStopping } from '../options/options.ts';
import type { Evaluator } from './evaluator.ts';

/** The best evaluation up to now, and how many came after it. */
export interface BestState {
  /** The best so far; null before the first. */
  event: DoneEvent['best'];
  waited: number;
}

/** The best of a run's evaluations, and whether enough came after it without a better one. */
export class BestEvaluation {
  readonly #metric: string;
  readonly #greaterIsBetter: boolean;
  readonly #patience: number;
  #state: BestState;

  /** @param stopping names the metric; the evaluator's primary one decides without it, and nothing ends early */
  constructor(
    { metrics, primaryMetric }: Evaluator,
    stopping: EarlyStopping | undefined,
    state: BestState = { event: null, waited: 0 },
  ) {
    this.#metric = stopping?.metric ?? primaryMetric;
    this.#greaterIsBetter = metrics[this.#metric]!.greaterIsBetter;
    this.#patience = stopping?.patience ?? Number.POSITIVE_INFINITY;
    this.#state = state;
  }

  get state(): BestState {
    return this.#state;
  }

  get isEnough(): boolean {
    return this.#state.waited >= this.#patience;
  }

  take({ heldOut, ...event }: EvaluationEvent): void {
    const { event: best, waited } = this.#state;
    const [value, last] = [event, best].map((of) => of?.metrics[this.#metric]);
    const isBetter = !best || (this.#greaterIsBetter ? value! > last! : value! < last!);
    this.#state = isBetter ? { event, waited: 0 } : { event: best, waited: waited + 1 };
  }
}
