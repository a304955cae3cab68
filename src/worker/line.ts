import { proxy, type Remote, transfer, type UnproxyOrClone, wrap } from 'comlink';
import { ArgumentError, throwIfAborted, WorkerError } from '../errors.ts';
import type { ProgressEvent } from '../types.ts';
import type { RemoteListener, WorkerApi } from './api.ts';
import { carryErrors } from './errorTransfer.ts';

type Listener<E> = (event: E) => void | Promise<void>;

/** The caller's signal and listener. The worker waits for the listener's promise before it goes on. */
interface Hooks<E> {
  onProgress?: Listener<E>;
  signal?: AbortSignal;
}

/** The type of a listener that Comlink accepts on this side. */
type SentListener<E> = UnproxyOrClone<RemoteListener<E>>;

/** Sends a call, with the listener and the port for its signal. */
export type Send<T, E> = (
  api: Remote<WorkerApi>,
  onProgress: SentListener<E> | undefined,
  abortPort: MessagePort | undefined,
) => Promise<T>;

/** The page's connection to one worker. When the worker ends, calls under way are rejected, so none hangs. */
export class WorkerLine {
  readonly #worker: Worker;
  readonly #api: Remote<WorkerApi>;
  readonly #pending = new Set<(reason: Error) => void>();
  #ended: Error | undefined;

  constructor(worker: Worker) {
    carryErrors();
    this.#worker = worker;
    this.#api = wrap<WorkerApi>(worker);
    worker.addEventListener('error', (event) => {
      // A script that could not be loaded gives a plain event, with no message.
      const cause = event.message ? `it stopped with "${event.message}"` : 'its script could not be loaded';
      this.end(new WorkerError(`The worker is gone: ${cause}. Load the model again.`));
    });
    worker.addEventListener('messageerror', () => {
      this.end(new WorkerError('A message of the worker could not be read. Load the model again.'));
    });
  }

  /**
   * Calls the worker. @param argument what the caller gave, for the error where it cannot go to a worker
   * @throws AbortError when the signal fires, or has fired before: then nothing is sent
   * @throws WorkerError when the worker goes meanwhile; once closed or ended, the reason for it
   */
  async call<T, E = ProgressEvent>(
    { onProgress, signal }: Hooks<E>,
    send: Send<T, E>,
    argument?: string,
  ): Promise<T> {
    if (this.#ended) throw this.#ended;
    throwIfAborted(signal);
    const { port, close } = openAbortPort(signal);
    let reject: (reason: Error) => void = () => {};
    const gone = new Promise<never>((_, fail) => {
      reject = fail;
    });
    this.#pending.add(reject);
    try {
      return await Promise.race([send(this.#api, onProgress && forward(onProgress), port), gone]);
    } catch (error) {
      throw cloneable(error, argument);
    } finally {
      this.#pending.delete(reject);
      close();
    }
  }

  /** Disposes the worker's model, then ends the worker. Calls under way, and later ones, throw `reason`. */
  async close(reason: Error): Promise<void> {
    if (this.#ended) return;
    for (const reject of this.#pending) reject(reason);
    const freed = this.call({}, (api) => api.dispose());
    this.#ended = reason;
    // If that fails, the worker and what it held are gone already.
    await freed.catch(() => {});
    this.end(reason);
  }

  /** Terminates the worker at once. Calls under way, and later ones, throw the first reason given. */
  end(reason: Error): void {
    this.#ended ??= reason;
    this.#worker.terminate();
    for (const reject of this.#pending) reject(this.#ended);
  }
}

/** Names the argument in the platform's error for a value that cannot go to a worker. Other errors stay as they are. */
function cloneable(error: unknown, argument: string | undefined): unknown {
  if (argument === undefined || !(error instanceof DOMException) || error.name !== 'DataCloneError')
    return error;
  const what = `${argument} holds something that cannot go to a worker: ${error.message}`;
  return new ArgumentError(what, { argument });
}

/** Makes a port on which a message says that the signal fired: a signal cannot be cloned. */
function openAbortPort(signal: AbortSignal | undefined): { port?: MessagePort; close(): void } {
  if (!signal) return { close: () => {} };
  const { port1, port2 } = new MessageChannel();
  const tell = () => port1.postMessage('abort');
  signal.addEventListener('abort', tell);
  return {
    port: transfer(port2, [port2]),
    close() {
      signal.removeEventListener('abort', tell);
      port1.close();
    },
  };
}

/** Makes a listener to send. An error in it is reported in the page and does not disturb the worker. */
function forward<E>(listener: Listener<E>): SentListener<E> {
  const guarded: Listener<E> = async (event) => {
    try {
      await listener(event);
    } catch (error) {
      reportError(error);
    }
  };
  // The proxy is made here and arrives there as what its type says.
  return proxy(guarded) as unknown as SentListener<E>;
}
