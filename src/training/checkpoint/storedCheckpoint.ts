import { CheckpointError } from '../../errors.ts';
import { openRun } from './file.ts';
import { storedFiles } from './store.ts';

/**
 * Says what keeps a run's checkpoints from being used, as far as their lengths and headers tell: for a list. A
 * checkpoint is checked as a whole when it is opened.
 * @returns undefined where one of them seems whole
 */
export async function checkpointFault(id: string): Promise<CheckpointError | undefined> {
  let newest: CheckpointError | undefined;
  try {
    for (const read of await storedFiles(id)) {
      const fault = await faultOf(read);
      if (!fault) return undefined;
      newest ??= fault;
    }
  } catch (error) {
    newest = asFault(error);
  }
  return newest;
}

async function faultOf(read: () => Promise<File>): Promise<CheckpointError | undefined> {
  try {
    await openRun(await read());
    return undefined;
  } catch (error) {
    return asFault(error);
  }
}

function asFault(error: unknown): CheckpointError {
  if (error instanceof CheckpointError) return error;
  throw error;
}
