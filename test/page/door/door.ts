import * as errors from '../../../src/errors.ts';
import {
  cachedModels,
  deleteCachedModel,
  deleteCheckpoint,
  listCheckpoints,
  openCheckpoint,
  readCheckpoint,
  readDataset,
  SentenceTransformer,
  Trainer,
  unzipModel,
  WorkerError,
  zipModel,
} from '../../../src/worker/client.ts';

/** A page that is nothing but the client, within reach of a test. */
const door = {
  SentenceTransformer,
  Trainer,
  readDataset,
  zipModel,
  unzipModel,
  cachedModels,
  deleteCachedModel,
  listCheckpoints,
  openCheckpoint,
  readCheckpoint,
  deleteCheckpoint,
  errors: { ...errors, WorkerError },
};

declare global {
  interface Window {
    door: typeof door;
  }
}

window.door = door;
