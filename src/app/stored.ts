/** Reads a text that this browser keeps for the page; undefined where there is none, or storage is switched off. */
export function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text for the next visit. Where storage is switched off it is not kept. */
export function writeStored(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // What the page holds in memory lasts until it is left.
  }
}
