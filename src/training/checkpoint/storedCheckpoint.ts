import { CheckpointError } from '../../errors.ts';
import { openRun } from './file.ts';
import { storedFiles } from './store.ts';

/**
 * Says what keeps a run's checkpoints from being used, as far as their lengths and headers tell: for a list. A
 * checkpoint is checked as a whole when it is opened.
 * @returns undefined where one of them seems whole
 */
export async function checkpointFault(id: string): Promise<CheckpointError | undefined> {
  const faults: CheckpointError[] = [];
  const note = (error: unknown) => {
    if (!(error instanceof CheckpointError)) throw error;
    faults.push(error);
  };
  for (const { open } of (await storedFiles(id).catch(note)) ?? []) {
    if (await open().then(openRun).catch(note)) return undefined;
  }
  return faults[0];
}
