/** Steps that the estimate looks back at, since a run may get slower or faster. */
const most = 20;

/** Measures the time between steps. The first step, which compiles kernels, and pauses do not count. */
export class Pace {
  readonly #seconds: number[] = [];
  #last: number | undefined;

  /** Counts a step that has ended. @param now in milliseconds */
  step(now: number): void {
    if (this.#last !== undefined) this.#seconds.push((now - this.#last) / 1000);
    if (this.#seconds.length > most) this.#seconds.shift();
    this.#last = now;
  }

  /** Leaves out the time between this step and the next. */
  interrupt(): void {
    this.#last = undefined;
  }

  /** Estimates the seconds that so many steps take; undefined until two steps in a row were timed. */
  secondsFor(steps: number): number | undefined {
    if (this.#seconds.length === 0) return undefined;
    return (steps * this.#seconds.reduce((sum, x) => sum + x, 0)) / this.#seconds.length;
  }
}
