import { ModelFormatError } from '../errors.ts';
import { isObject } from './isObject.ts';

/** The error for a model's file that says something wrong: `what`. */
export function fault(file: string, what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}

/** @param where what the value is in the file @throws ModelFormatError unless it is an object */
export function expectObject(value: unknown, file: string, where = 'it'): Record<string, unknown> {
  if (isObject(value)) return value;
  throw fault(file, `${where} is not an object`);
}
