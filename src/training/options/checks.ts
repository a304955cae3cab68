import { ArgumentError } from '../../errors.ts';
import { describe } from '../../values/describe.ts';

/** The error for a trainer's option. @param what the rest of the sentence that begins with the option's name */
export function wrong(argument: string, what: string, fields: Record<string, unknown> = {}): ArgumentError {
  return new ArgumentError(`Trainer: ${argument} ${what}`, {
    argument: argument.split(/[.[]/)[0],
    ...fields,
  });
}

/** @throws ArgumentError unless the value is an object, a list among them */
export function expectObject(argument: string, value: unknown, remedy: string): asserts value is object {
  if (typeof value === 'object' && value !== null) return;
  throw wrong(argument, `is ${describe(value)}. ${remedy}`);
}

/** @param other what else is allowed @throws ArgumentError unless the value is a whole number in the range */
export function expectWhole(
  argument: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
  other?: string,
): asserts value is number {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  const or = other === undefined ? '' : `, or ${other}`;
  throw wrong(argument, `is ${describe(value)}. Use a whole number ${range}${or}.`);
}

/** @throws ArgumentError unless the value is a finite number in the range */
export function expectNumber(
  argument: string,
  value: unknown,
  { least, above, below }: { least?: number; above?: number; below?: number },
): asserts value is number {
  // A limit that is left out is undefined: no comparison with it holds.
  const isOut = (number: number) => number < least! || number <= above! || number >= below!;
  if (typeof value === 'number' && Number.isFinite(value) && !isOut(value)) return;
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
