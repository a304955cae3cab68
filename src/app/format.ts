const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 12,345 */
export function count(value: number): string {
  return grouped.format(value);
}

/** '1 sentence', '2 sentences' */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}

/** Megabytes of a million bytes: 90.9 MB */
export function megabytes(bytes: number, digits = 0): string {
  return `${(bytes / 1e6).toFixed(digits)} MB`;
}

/** Fixed digits with a real minus sign, so that columns line up: −0.04 */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}

/** 21 ms, 3.4 s */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** An estimated time: 38 s, 4 min, 2.5 h */
export function timeSpan(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** 1,234, but 0.8 below ten */
export function rate(value: number): string {
  return value < 10 ? value.toFixed(1) : count(value);
}

/** The beginning of a text: at most `length` UTF-16 units, without half a character, and an ellipsis. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** 1e−3, 2.5e−5 */
export function scientific(value: number): string {
  return value.toExponential().replace('-', '−');
}

/** The size of a difference: 6e−7, 0 or ∞ */
export function difference(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  return value.toExponential(0).replace('-', '−');
}

/** 22.7 M, 1,155 */
export function millions(value: number): string {
  return value < 1e5 ? count(value) : `${(value / 1e6).toFixed(1)} M`;
}

/** A number, or a dash where there is none. */
export function orDash(value: number | undefined, digits: number): string {
  return value !== undefined && Number.isFinite(value) ? fixed(value, digits) : '–';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
