/** A queue of events between a producer that pushes them and one loop that takes them. */
export class EventQueue<E> {
  readonly #waiting: { event: E; taken: () => void }[] = [];
  #end: { error?: unknown } | undefined;
  #wake: () => void = () => {};

  /** @returns when the loop has taken the event, or takes no more of them */
  push(event: E): Promise<void> {
    if (this.#end) return Promise.resolve();
    return new Promise((taken) => {
      this.#waiting.push({ event, taken });
      this.#wake();
    });
  }

  /** Ends the loop after the events that were pushed, with `error` where there is one. */
  end(reason: { error?: unknown } = {}): void {
    this.#end ??= reason;
    this.#wake();
  }

  /** Ends the loop and drops the events that wait. */
  close(): void {
    this.end();
    for (const { taken } of this.#waiting.splice(0)) taken();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E, void, void> {
    while (true) {
      const next = this.#waiting.shift();
      if (next) {
        next.taken();
        yield next.event;
      } else if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
    }
  }
}
