import { type TransferHandler, transferHandlers } from 'comlink';
import { fromPlainError, type PlainError, TabgradError, toPlainError } from '../errors.ts';

type ThrowHandler = TransferHandler<{ value: unknown }, { tabgrad?: PlainError }>;

let own: ThrowHandler | undefined;

/**
 * Lets tabgrad's errors cross as instances of their classes, fields included; Comlink alone carries name, message and
 * stack. Call it on both sides. All else that is thrown crosses as Comlink does it, also for other users of Comlink.
 */
export function carryErrors(): void {
  const usual = transferHandlers.get('throw') as ThrowHandler;
  if (usual === own) return;
  own = {
    canHandle: usual.canHandle,
    serialize: (thrown) =>
      thrown.value instanceof TabgradError
        ? [{ tabgrad: toPlainError(thrown.value) }, []]
        : usual.serialize(thrown),
    deserialize(sent) {
      if (sent.tabgrad) throw fromPlainError(sent.tabgrad);
      return usual.deserialize(sent);
    },
  };
  transferHandlers.set('throw', own);
}
