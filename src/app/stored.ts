/** The first outlives a visit; the second lasts until the tab is closed. */
type Storage = 'localStorage' | 'sessionStorage';

/** Reads a text that this browser keeps; undefined where there is none, or where storage is switched off. */
export function readStored(key: string, storage: Storage = 'localStorage'): string | undefined {
  try {
    return globalThis[storage].getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Reads texts that are kept as JSON; none where it holds anything else. */
export function readList(key: string, storage?: Storage): string[] {
  try {
    const value: unknown = JSON.parse(readStored(key, storage) ?? '[]');
    return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

/** Keeps a text for the next visit. Where storage is switched off it is not kept. */
export function writeStored(key: string, text: string, storage: Storage = 'localStorage'): void {
  try {
    globalThis[storage].setItem(key, text);
  } catch {
    // The value in memory lasts until the page is left.
  }
}
