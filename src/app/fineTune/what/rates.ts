import type { Scenario } from '../../../worker/client.ts';
import type { Group } from './groups.ts';

type Pattern = Scenario['frozen'][number];

/** What the reader set for a group, on top of the scenario. */
export interface Adjustment {
  rate?: number;
  isFrozen?: boolean;
}

/** The groups with the reader's own rates. */
export function adjust(groups: readonly Group[], adjustments: ReadonlyMap<string, Adjustment>): Group[] {
  return groups.map((group) => {
    const { rate = group.rate ?? usualRate(group.name), isFrozen = group.rate === null } =
      adjustments.get(group.name) ?? {};
    return { ...group, rate: isFrozen ? null : rate };
  });
}

/** What a group that was frozen begins with, as layer-wise has it. */
function usualRate(name: string): number {
  if (name === 'embeddings') return 1e-5;
  return name.startsWith('head ') ? 1e-3 : 1e-4;
}

/** Groups as a scenario of their own. @param hasPooler whether the model has one: no head reads it, so it stays */
export function scenarioOf(groups: readonly Group[], base: Scenario, hasPooler: boolean): Scenario {
  const pattern = ({ name }: Group) => patternOf(name);
  return {
    ...base,
    name: `${base.name}, adjusted`,
    frozen: [...(hasPooler ? ['pooler.*'] : []), ...groups.filter(({ rate }) => rate === null).map(pattern)],
    learningRate: groups.flatMap((group): [Pattern, number][] =>
      group.rate === null ? [] : [[pattern(group), group.rate]],
    ),
  };
}

/** The parameters of a group. */
function patternOf(name: string): Pattern {
  if (name === 'embeddings') return 'embeddings.*';
  if (name.startsWith('layer ')) return `encoder.layer.${name.slice(6)}.*`;
  // A head's name could be taken for a glob.
  const head = name.slice(5).replace(/\W/g, '\\$&');
  return new RegExp(`^heads\\.${head}\\.[^.]+$`);
}

/** Rates that the keyboard and the mouse stop at: 1e-6, 2e-6, 5e-6 … 1e-2. */
export const stops: readonly number[] = [-6, -5, -4, -3]
  .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
  .concat(1e-2);

/** Where a rate lies between the lowest and the highest stop, 0 to 1, on a logarithmic scale. */
export function shareOf(rate: number): number {
  const [lowest, highest] = [stops[0]!, stops.at(-1)!];
  return Math.min(1, Math.max(0, Math.log(rate / lowest) / Math.log(highest / lowest)));
}

/** The stop that is nearest to a rate. */
export function nearestStop(rate: number): number {
  const distances = stops.map((stop) => Math.abs(Math.log(rate / stop)));
  return distances.indexOf(Math.min(...distances));
}

/** A rate as it is typed: '2e-5', '0.00002', with a minus of any kind; undefined for what is no number above 0. */
export function parseRate(text: string): number | undefined {
  const value = Number(text.trim().replace('−', '-'));
  return text.trim() !== '' && value > 0 && Number.isFinite(value) ? value : undefined;
}
