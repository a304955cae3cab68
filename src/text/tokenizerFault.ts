import { ModelFormatError } from '../errors.ts';
import { isObject } from '../values/isObject.ts';

/** An error about a tokenizer's file: `what` is wrong. */
export function fault(file: string, what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}

/** @param where the value's place in the file @throws ModelFormatError unless it is an object */
export function expectObject(value: unknown, file: string, where = 'it'): Record<string, unknown> {
  if (isObject(value)) return value;
  throw fault(file, `${where} is not an object`);
}
