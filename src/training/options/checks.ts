import { ArgumentError } from '../../errors.ts';
import { describe } from '../../values/describe.ts';

/**
 * The error for a trainer's option that does not work.
 * @param what the rest of the sentence that begins with the option's name
 */
export function wrong(argument: string, what: string, fields: Record<string, unknown> = {}): ArgumentError {
  return new ArgumentError(`Trainer: ${argument} ${what}`, {
    argument: argument.split(/[.[]/)[0],
    ...fields,
  });
}

/**
 * @param other what else is allowed, for the message
 * @throws ArgumentError unless the value is a whole number in the range
 */
export function expectWhole(
  argument: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
  other?: string,
): asserts value is number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw wrong(
    argument,
    `is ${describe(value)}. Use a whole number ${range}${other === undefined ? '' : `, or ${other}`}.`,
  );
}

/** @throws ArgumentError unless the value is a finite number in the range */
export function expectNumber(
  argument: string,
  value: unknown,
  { least, above, below }: { least?: number; above?: number; below?: number },
): asserts value is number {
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= (least ?? Number.NEGATIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY) &&
    value < (below ?? Number.POSITIVE_INFINITY)
  ) {
    return;
  }
  const range = [
    least !== undefined && `of at least ${least}`,
    above !== undefined && `above ${above}`,
    below !== undefined && `below ${below}`,
  ].filter((part) => part !== false);
  throw wrong(argument, `is ${describe(value)}. Use a finite number ${range.join(' and ')}.`);
}

/** @throws ArgumentError unless the value is one of the words */
export function expectOneOf(argument: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  throw wrong(argument, `is ${describe(value)}. Use one of ${words.join(', ')}.`);
}
