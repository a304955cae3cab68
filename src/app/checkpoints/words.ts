import type { StoredCheckpoint } from '../../worker/client.ts';
import { count, megabytes } from '../format.ts';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** just now, 3 minutes ago, 2 hours ago, yesterday, Nov 24, 2026. @param then, now in ms since 1970 */
export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return relative.format(-minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return relative.format(-hours, 'hour');
  const days = Math.floor(hours / 24);
  return days < 7 ? relative.format(-days, 'day') : day.format(then);
}

/** 254 MB, 38 kB */
export function sizeOf({ bytes }: StoredCheckpoint): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : megabytes(bytes);
}

/** step 12 of 40 */
export function placeOf({ step, totalSteps }: StoredCheckpoint): string {
  return `step ${count(step)} of ${count(totalSteps)}`;
}
