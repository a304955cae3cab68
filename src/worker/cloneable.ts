import { ArgumentError } from '../errors.ts';

/** The platform's word for a value that cannot cross says nothing about which one it was. */
export function cloneable(error: unknown, argument: string): unknown {
  if (!(error instanceof DOMException) || error.name !== 'DataCloneError') return error;
  return new ArgumentError(`${argument} holds something that cannot go to a worker: ${error.message}`, {
    argument,
  });
}
