import * as errors from '../../../src/errors.ts';
import { SentenceTransformer, WorkerError } from '../../../src/worker/client.ts';

/** A page that is nothing but the client, within reach of a test. */
const door = { SentenceTransformer, errors: { ...errors, WorkerError } };

declare global {
  var door: {
    SentenceTransformer: typeof SentenceTransformer;
    errors: typeof errors & { WorkerError: typeof WorkerError };
  };
}

globalThis.door = door;
