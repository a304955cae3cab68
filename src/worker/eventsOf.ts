import { abortError } from '../errors.ts';
import { EventQueue } from './eventQueue.ts';
import type { Send, WorkerLine } from './line.ts';

interface EventsOptions<E, News> {
  line: WorkerLine;
  signal: AbortSignal | undefined;
  /** Name of the argument that an error blames where it cannot go to a worker. */
  argument: string;
  send: Send<void, E | News>;
  /** Whether a message of the worker is an event for the loop. The others go to `onNews`. */
  isEvent(told: E | News): told is E;
  onNews(news: News): void | Promise<void>;
  /** Whether an abort ends the loop at once, even if nobody reads, or with the error that the worker then throws. */
  endsAtOnce?: boolean;
}

/**
 * Calls a worker and yields the events of the call: the worker is at most one event ahead. Leaving the loop aborts the
 * call and waits until the worker has given back what it held.
 * @throws AbortError, and whatever the call throws
 */
export async function* eventsOf<E, News>(options: EventsOptions<E, News>): AsyncGenerator<E, void, void> {
  const { line, signal, argument, send, isEvent, onNews, endsAtOnce = false } = options;
  const stop = new AbortController();
  const events = new EventQueue<E>();
  const onAbort = () => {
    stop.abort();
    if (!endsAtOnce) return;
    events.end({ error: abortError() });
    events.close();
  };
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  const onProgress = (told: E | News) => (isEvent(told) ? events.push(told) : onNews(told as News));
  const run = line.call({ onProgress, signal: stop.signal }, send, argument);
  run.then(
    () => events.end(),
    (error: unknown) => events.end({ error }),
  );
  try {
    yield* events;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stop.abort();
    events.close();
    await run.catch(() => {});
  }
}
