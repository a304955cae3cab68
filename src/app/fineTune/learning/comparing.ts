import type { RunRecord } from './runs.ts';

/** Titles of the settings that differ between runs. 'examples' stands for the data that they learned from. */
export function differing(runs: readonly RunRecord[]): string[] {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const found = names.filter((name) => new Set(runs.map(({ settings }) => settings[name])).size > 1);
  return new Set(runs.map(({ data }) => data)).size > 1 ? ['examples', ...found] : found;
}

/** The last and the best accuracy by task, and the sum of the held-out losses; undefined where nothing is held out. */
export function summaryOf({ evaluations }: RunRecord) {
  const last = evaluations.at(-1);
  const accuracy = Object.keys(last?.accuracy ?? {}).map((task) => {
    const values = evaluations.map(({ accuracy }) => accuracy[task] ?? 0);
    return [task, { last: values.at(-1)!, best: values.reduce((a, b) => Math.max(a, b)) }] as const;
  });
  const loss = last && Object.values(last.losses).reduce((sum, loss) => sum + loss, 0);
  return { accuracy: new Map(accuracy), loss };
}
