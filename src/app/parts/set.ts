import type { Signal } from '@preact/signals';

/** Gives a signal a value, as what an event of an element does. */
export function set<T>(signal: Signal<T>, value: T): void {
  signal.value = value;
}
