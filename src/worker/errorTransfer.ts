import { type TransferHandler, transferHandlers } from 'comlink';
import { fromPlainError, type PlainError, TabgradError, toPlainError } from '../errors.ts';

/**
 * Lets tabgrad's errors cross as instances of their classes, fields included; Comlink alone carries name, message and
 * stack. Call it on both sides. All else that is thrown crosses as Comlink does it, also for other users of Comlink.
 */
export function carryErrors(): void {
  const current = transferHandlers.get('throw') as TransferHandler<{ value: unknown }, unknown>;
  if (current instanceof ErrorTransfer) return;
  transferHandlers.set('throw', new ErrorTransfer(current));
}

class ErrorTransfer implements TransferHandler<{ value: unknown }, unknown> {
  readonly #usual: TransferHandler<{ value: unknown }, unknown>;
  readonly canHandle: (thrown: unknown) => thrown is { value: unknown };

  constructor(usual: TransferHandler<{ value: unknown }, unknown>) {
    this.#usual = usual;
    this.canHandle = usual.canHandle;
  }

  serialize(thrown: { value: unknown }): [unknown, Transferable[]] {
    return thrown.value instanceof TabgradError
      ? [{ tabgrad: toPlainError(thrown.value) }, []]
      : this.#usual.serialize(thrown);
  }

  deserialize(sent: { tabgrad?: PlainError }): { value: unknown } {
    if (sent.tabgrad) throw fromPlainError(sent.tabgrad);
    return this.#usual.deserialize(sent);
  }
}
