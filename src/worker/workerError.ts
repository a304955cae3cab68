import { TabgradError } from '../errors.ts';

/** The worker did not start, or ended by itself: its script is missing or blocked, or it ran out of memory. */
export class WorkerError extends TabgradError {
  // Written out: a bundler may rename the class.
  override readonly name = 'WorkerError';
}
