import { ArgumentError } from '../errors.ts';

/**
 * Names the argument in the platform's error for a value that cannot go to a worker. Other errors stay as they are.
 */
export function cloneable(error: unknown, argument: string | undefined): unknown {
  if (argument === undefined || !(error instanceof DOMException) || error.name !== 'DataCloneError')
    return error;
  return new ArgumentError(`${argument} holds something that cannot go to a worker: ${error.message}`, {
    argument,
  });
}
