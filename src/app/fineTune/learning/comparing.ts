import type { RunRecord } from './runs.ts';

/** Titles of the settings that differ between runs. 'examples' stands for the data that they learned from. */
export function differing(runs: readonly RunRecord[]): string[] {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))];
  const found = names.filter((name) => new Set(runs.map(({ settings }) => settings[name])).size > 1);
  return new Set(runs.map(({ data }) => data)).size > 1 ? ['examples', ...found] : found;
}

/** The results of a run so far. */
interface RunSummary {
  /** Accuracy on the held-out texts, by task. */
  accuracy: Map<string, { last: number; best: number }>;
  /** Sum of the held-out losses of all tasks; undefined where nothing is held out. */
  loss: number | undefined;
}

export function summaryOf({ evaluations }: RunRecord): RunSummary {
  const last = evaluations.at(-1);
  if (!last) return { accuracy: new Map(), loss: undefined };
  const accuracy = Object.keys(last.accuracy).map((task) => {
    const values = evaluations.map(({ accuracy }) => accuracy[task] ?? 0);
    return [task, { last: last.accuracy[task]!, best: values.reduce((a, b) => Math.max(a, b)) }] as const;
  });
  return {
    accuracy: new Map(accuracy),
    loss: Object.values(last.losses).reduce((sum, loss) => sum + loss, 0),
  };
}
