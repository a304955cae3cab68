import { DeviceLostError, WebGpuUnavailableError } from '../../errors.ts';
import type { EncoderModel } from '../../types.ts';
import { WorkerError } from '../../worker/client.ts';
import { load, model, tunedSteps, usage } from './state.ts';
import { troubleOf } from './trouble.ts';

/** Whether an error means that the model is no longer there. */
export function isGone(error: unknown): boolean {
  return error instanceof DeviceLostError || error instanceof WorkerError;
}

/** Lets go of a model that is no longer there, and says so; a second time for the same model it does nothing. */
export async function loseModel(lost: EncoderModel, error: unknown): Promise<void> {
  if (model.value !== lost) return;
  giveUp(error);
  await lost.dispose();
}

/** The model is not there, or no longer. */
export function giveUp(error: unknown): void {
  usage.value = undefined;
  tunedSteps.value = 0;
  load.value =
    error instanceof WebGpuUnavailableError
      ? { kind: 'unavailable', reason: error.reason }
      : { kind: 'failed', trouble: troubleOf(error) };
}
