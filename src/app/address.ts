import { batch, effect, type Signal } from '@preact/signals';
import { show, view } from './view.ts';

/**
 * Settings in the page's address, as in `#fine-tune?epochs=5&seed=7`: a link carries them, and a reload keeps them.
 * Settings with their first value are left out. No text of the reader is ever in it.
 */
const settings: {
  name: string;
  /** Gives the setting's text; undefined while the setting has its first value. */
  text: () => string | undefined;
  /** Takes a text of the address. A text that is no value of the setting changes nothing. */
  read: (text: string) => void;
  /** Read when the page opens, and not again when the address changes. */
  atStart: boolean;
}[] = [];

/** Lets the address carry a setting. `parse` gives undefined for a text that is no value of it. */
export function inAddress<T>(
  name: string,
  setting: Signal<T>,
  parse: (text: string) => T | undefined,
  { format = String, atStart = false }: { format?: (value: T) => string; atStart?: boolean } = {},
): void {
  const initial = format(setting.peek());
  settings.push({
    name,
    atStart,
    text: () => {
      const now = format(setting.value);
      // An empty field of a number is NaN.
      return now === initial || now === 'NaN' ? undefined : now;
    },
    read: (text) => {
      const value = parse(text);
      if (value !== undefined) setting.value = value;
    },
  });
}

export function numberIn(least: number, most: number, { whole = false } = {}) {
  return (text: string): number | undefined => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= least && value <= most && (!whole || Number.isInteger(value)) ? value : undefined;
  };
}

export function oneOf<T extends string>(...words: readonly T[]) {
  return (text: string): T | undefined => words.find((word) => word === text);
}

/** The address of a view with the settings of now. */
export function addressOf(name: string): string {
  const query = new URLSearchParams();
  for (const { name, text } of settings) {
    const now = text();
    if (now !== undefined) query.set(name, now);
  }
  return `#${name}?${query}`.replace(/\?$/, '');
}

let isLocked = () => false;

/** While `locked` says so a changed address shows another view, but changes no settings. */
export function lockAddress(locked: () => boolean): void {
  isLocked = locked;
}

/** Takes view and settings from the address, now and when it changes, and keeps the address up to date. */
export function startAddress(): void {
  const follow = (isStart: boolean) => {
    const [name = '', query] = location.hash.slice(1).split('?');
    // A single change would write the address anew before the rest of it was taken.
    batch(() => {
      const texts = new URLSearchParams(query);
      for (const { name, atStart, read } of isStart || !isLocked() ? settings : []) {
        const text = texts.get(name);
        if (text !== null && (isStart || !atStart)) read(text);
      }
      show(name);
    });
  };
  follow(true);
  effect(write);
  addEventListener('hashchange', () => {
    follow(false);
    // Settings that were not taken from the address do not stay in it.
    write();
  });
}

function write(): void {
  const address = addressOf(view.value);
  // An address without a view is left as it is while there is nothing to say.
  if (location.hash === address || (location.hash === '' && address === '#embed')) return;
  try {
    history.replaceState(history.state, '', address);
  } catch {
    // Safari allows 100 changes in half a minute. A later one brings the address up to date.
  }
}
