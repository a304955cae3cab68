import { DeviceLostError, WebGpuUnavailableError } from '../../errors.ts';
import type { EncoderModel } from '../../types.ts';
import { WorkerError } from '../../worker/client.ts';
import { load, model, tunedSteps, usage } from './state.ts';
import { troubleOf } from './trouble.ts';

/** Whether an error means that the model is lost with its GPU or its worker. */
export function isGone(error: unknown): boolean {
  return error instanceof DeviceLostError || error instanceof WorkerError;
}

/** Lets go of a lost model, and says so. The second call for the same model does nothing. */
export async function loseModel(lost: EncoderModel, error: unknown): Promise<void> {
  if (model.value !== lost) return;
  giveUp(error);
  await lost.dispose();
}

/** Shows why there is no model. */
export function giveUp(error: unknown): void {
  usage.value = undefined;
  tunedSteps.value = 0;
  load.value =
    error instanceof WebGpuUnavailableError
      ? { kind: 'unavailable', reason: error.reason }
      : { kind: 'failed', trouble: troubleOf(error) };
}
