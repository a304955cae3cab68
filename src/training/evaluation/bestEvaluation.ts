import type { DoneEvent, EvaluationEvent } from '../events.ts';
import type { EarlyStopping } from '../options/options.ts';

/** Where a run is with its evaluations. */
export interface BestState {
  event: DoneEvent['best'];
  /** Evaluations since then. */
  waited: number;
}

/** The best of a run's evaluations, and whether there were enough without a better one. */
export class BestEvaluation {
  readonly #stopping: EarlyStopping | undefined;
  #event: DoneEvent['best'];
  #waited: number;

  constructor(
    stopping: EarlyStopping | undefined,
    { event, waited }: BestState = { event: null, waited: 0 },
  ) {
    this.#stopping = stopping;
    [this.#event, this.#waited] = [event, waited];
  }

  get state(): BestState {
    return { event: this.#event, waited: this.#waited };
  }

  get event(): DoneEvent['best'] {
    return this.#event;
  }

  /** Whether training is to stop. */
  get isEnough(): boolean {
    return this.#stopping !== undefined && this.#waited >= this.#stopping.patience;
  }

  take({ heldOut, ...event }: EvaluationEvent): void {
    this.#waited += 1;
    if (!this.#event || this.#isBetter(event, this.#event)) [this.#event, this.#waited] = [event, 0];
  }

  #isBetter(event: NonNullable<DoneEvent['best']>, best: NonNullable<DoneEvent['best']>): boolean {
    const metric = this.#stopping?.metric ?? 'loss';
    if (metric === 'loss') return sum(event.losses) < sum(best.losses);
    return sum(event[metric]) > sum(best[metric]);
  }
}

function sum(byTask: Readonly<Record<string, number>>): number {
  return Object.values(byTask).reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);
}
