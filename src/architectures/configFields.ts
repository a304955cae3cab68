import type { ModelFormatError } from '../errors.ts';
import type { Json } from '../files/json.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

export const CONFIG = 'config.json';

/** @throws ModelFormatError unless a field of config.json is left out or has the one value that works */
export function expectValue(config: Json, key: string, works: unknown): void {
  const value = config[key] ?? works;
  if (value !== works) throw wrongConfig(`${key} is ${quote(value)}. Only ${quote(works)} works`);
}

/** A field of config.json that counts something. @throws ModelFormatError unless it is a positive integer */
export function countIn(config: Json, key: string): number {
  const value = config[key];
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw wrongConfig(
    value === undefined ? `${key} is missing` : `${key} is ${quote(value)}, not a positive integer`,
  );
}

/** @param what says what is wrong and what works, without the full stop */
export const wrongConfig = (what: string): ModelFormatError => fault(CONFIG, what);
