import { ArgumentError } from '../errors.ts';
import { lastMatches, matchPatterns, type Pattern } from './patterns.ts';

/** A rate for all parameters, or rates by pattern: the last that matches a name wins. */
export type LearningRate = number | readonly (readonly [Pattern, number])[];

/** Rates and decay by the names of parameters. */
export interface GroupOptions {
  learningRate: LearningRate;
  /** The decay of every parameter that is trained and not in `noDecay`. */
  weightDecay: number;
  /** These are not trained, whatever `learningRate` says. */
  frozen?: readonly Pattern[];
  /** These do not decay. */
  noDecay?: readonly Pattern[];
}

/** Learning rate and weight decay of one parameter. */
export interface ParameterSetting {
  /** Learning rate before any schedule; null for a frozen parameter, 0 for one that is trained and does not move. */
  rate: number | null;
  weightDecay: number;
}

/**
 * Learning rate and weight decay of every parameter. All of them may be frozen; the caller decides
 * whether that makes sense.
 * @throws ArgumentError for a pattern that matches none, a rate or decay that is no number ≥ 0, or a parameter that
 *   is not frozen and has no rate
 */
export function parameterSettings(
  names: readonly string[],
  options: GroupOptions,
): Map<string, ParameterSetting> {
  const { learningRate, weightDecay, frozen = [], noDecay = [] } = options;
  expectRate('weightDecay', weightDecay);
  const still = matchPatterns(frozen, names, 'frozen');
  const undecayed = matchPatterns(noDecay, names, 'noDecay');
  const rates = ratesOf(learningRate, names);
  const forgotten = names.filter((name) => !still.has(name) && !rates.has(name));
  if (forgotten.length > 0) {
    throw new ArgumentError(
      `learningRate: no pattern gives a rate to ${forgotten.slice(0, 3).join(', ')}` +
        `${forgotten.length > 3 ? ` and ${forgotten.length - 3} more` : ''}. ` +
        `Put ['*', rate] first, or freeze them.`,
      { argument: 'learningRate', parameters: forgotten },
    );
  }
  const settingOf = (name: string): ParameterSetting =>
    still.has(name)
      ? { rate: null, weightDecay: 0 }
      : { rate: rates.get(name)!, weightDecay: undecayed.has(name) ? 0 : weightDecay };
  return new Map(names.map((name) => [name, settingOf(name)]));
}

function ratesOf(learningRate: LearningRate, names: readonly string[]): Map<string, number> {
  if (!isRules(learningRate)) {
    expectRate('learningRate', learningRate);
    return new Map(names.map((name) => [name, learningRate]));
  }
  const rates = lastMatches(learningRate, names, 'learningRate');
  for (const [pattern, rate] of learningRate) expectRate('learningRate', rate, pattern);
  return rates;
}

const isRules = (rate: LearningRate): rate is Exclude<LearningRate, number> => Array.isArray(rate);

function expectRate(argument: string, value: unknown, pattern?: Pattern): void {
  if (typeof value === 'number' && Number.isFinite(Math.fround(value)) && value >= 0) return;
  const where = pattern === undefined ? argument : `${argument} for ${String(pattern)}`;
  throw new ArgumentError(`${where}: ${String(value)} is not a finite number of at least 0.`, { argument });
}
