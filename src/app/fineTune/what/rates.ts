import type { Scenario } from '../../../worker/client.ts';
import type { Group, Pattern } from './groups.ts';

/** The reader's settings for a group. A field that is left out stays as the scenario has it. */
export interface Adjustment {
  rate?: number;
  isFrozen?: boolean;
}

export function adjust(groups: readonly Group[], adjustments: ReadonlyMap<string, Adjustment>): Group[] {
  return groups.map((group) => {
    const { rate = group.rate ?? usualRates[group.kind], isFrozen = group.rate === null } =
      adjustments.get(group.name) ?? {};
    return { ...group, rate: isFrozen ? null : rate };
  });
}

/** The rate that a frozen group gets when it is opened: the scenario "layer-wise" has these. */
const usualRates: Record<Group['kind'], number> = { head: 1e-3, layer: 1e-4, embeddings: 1e-5 };

/**
 * Groups as a scenario of their own.
 * @param unused patterns of parameters in no group: they stay frozen, since every parameter needs a rate or is frozen
 */
export function scenarioOf(groups: readonly Group[], base: Scenario, unused: readonly Pattern[]): Scenario {
  const frozen = groups.filter(({ rate }) => rate === null).map(({ pattern }) => pattern);
  return {
    ...base,
    name: `${base.name}, adjusted`,
    frozen: [...unused, ...frozen],
    learningRate: groups.flatMap(({ pattern, rate }): [Pattern, number][] =>
      rate === null ? [] : [[pattern, rate]],
    ),
  };
}

/** The rates that the keyboard and the mouse can set: 1e-6, 2e-6, 5e-6 … 1e-2. */
export const stops: readonly number[] = [-6, -5, -4, -3]
  .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
  .concat(1e-2);

/** The position of a rate between the lowest and the highest stop, 0 to 1, on a logarithmic scale. */
export function shareOf(rate: number): number {
  const [lowest, highest] = [stops[0]!, stops.at(-1)!];
  return Math.min(1, Math.max(0, Math.log(rate / lowest) / Math.log(highest / lowest)));
}

export function nearestStop(rate: number): number {
  const distances = stops.map((stop) => Math.abs(Math.log(rate / stop)));
  return distances.indexOf(Math.min(...distances));
}

/** Reads a typed rate, such as '2e-5' or '0.00002', with a hyphen or a minus sign; undefined unless it is above 0. */
export function parseRate(text: string): number | undefined {
  const value = Number(text.trim().replace('−', '-'));
  return text.trim() !== '' && value > 0 && Number.isFinite(value) ? value : undefined;
}
