/** Pause, step and resume: what a loop asks before each of its steps. */
export class Control {
  #paused = false;
  #permits = 0;
  #wake: () => void = () => {};

  /** Whether the next {@link permit} would wait. */
  get waits(): boolean {
    return this.#paused && this.#permits === 0;
  }

  pause(): void {
    this.#paused = true;
    this.#permits = 0;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  /** One step more while paused. */
  step(): void {
    if (!this.#paused) return;
    this.#permits += 1;
    this.wake();
  }

  /** Lets whoever waits look again. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when a step may be taken. @param expectGoing throws what ends the waiting */
  async permit(expectGoing: () => void): Promise<void> {
    while (this.waits) {
      expectGoing();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#permits > 0) this.#permits -= 1;
  }
}
