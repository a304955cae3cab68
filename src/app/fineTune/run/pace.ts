/** Looks back at no more steps than that: a run may get slower or faster. */
const most = 20;

/** How fast steps come. The first is not counted: it compiles. Nor is a pause. */
export class Pace {
  readonly #seconds: number[] = [];
  #last: number | undefined;

  /** A step has ended. @param now in milliseconds */
  step(now: number): void {
    if (this.#last !== undefined) this.#seconds.push((now - this.#last) / 1000);
    if (this.#seconds.length > most) this.#seconds.shift();
    this.#last = now;
  }

  /** What comes between this step and the next does not count. */
  interrupt(): void {
    this.#last = undefined;
  }

  /** Seconds that so many steps take; undefined until that can be said. */
  secondsFor(steps: number): number | undefined {
    if (this.#seconds.length === 0) return undefined;
    return (steps * this.#seconds.reduce((sum, x) => sum + x, 0)) / this.#seconds.length;
  }
}
