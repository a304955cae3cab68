import * as errors from '../../../src/errors.ts';
import { readDataset, SentenceTransformer, Trainer, WorkerError } from '../../../src/worker/client.ts';

/** A page that is nothing but the client, within reach of a test. */
const door = { SentenceTransformer, Trainer, readDataset, errors: { ...errors, WorkerError } };

declare global {
  interface Window {
    door: typeof door;
  }
}

window.door = door;
