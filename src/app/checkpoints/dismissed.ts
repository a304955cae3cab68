const key = 'tabgrad.dismissed';

/** Offers that were dismissed in this tab: a reload does not bring them back, another tab does. */
export function readDismissed(): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return new Set(Array.isArray(value) ? value.filter((mark) => typeof mark === 'string') : []);
  } catch {
    return new Set();
  }
}

export function writeDismissed(marks: ReadonlySet<string>): void {
  try {
    sessionStorage.setItem(key, JSON.stringify([...marks]));
  } catch {
    // Storage is switched off: they are dismissed until the page is left.
  }
}
