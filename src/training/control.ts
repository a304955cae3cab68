/** Pause, step and resume. A loop asks for a permit before each of its steps. */
export class Control {
  #paused = false;
  #permits = 0;
  /** Makes whoever waits check again whether it may go on. */
  wake: () => void = () => {};

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

  /** Permits one step while paused. */
  step(): void {
    if (!this.#paused) return;
    this.#permits += 1;
    this.wake();
  }

  /** Resolves when a step may be taken. @param throwIfEnded called before each wait; what it throws ends it */
  async permit(throwIfEnded: () => void): Promise<void> {
    while (this.waits) {
      throwIfEnded();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.#permits > 0) this.#permits -= 1;
  }
}
