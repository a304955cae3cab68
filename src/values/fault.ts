import { ModelFormatError } from '../errors.ts';
import { isObject } from './isObject.ts';

/** Makes the error for a mistake in a model's file. @param what the mistake, without a full stop */
export function fault(file: string, what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}

/** Expects an object. @param where name of the value in the file @throws ModelFormatError for all else */
export function expectObject(value: unknown, file: string, where = 'it'): Record<string, unknown> {
  if (isObject(value)) return value;
  throw fault(file, `${where} is not an object`);
}
