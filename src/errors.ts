/**
 * Named errors. A stable `name` and plain fields let a caller decide what to do, on either side of a worker.
 */
export class TabgradError extends Error {
  /** @param fields plain, cloneable facts about what went wrong; they are own properties of the error. */
  constructor(message: string, fields: Record<string, unknown> = {}) {
    super(message);
    this.name = new.target.name;
    Object.assign(this, fields);
  }
}

/**
 * No WebGPU, or no adapter. `reason` is 'missing' (no `navigator.gpu`), 'insecure' (not https or localhost) or
 * 'no-adapter'.
 */
export class WebGpuUnavailableError extends TabgradError {
  declare readonly reason: 'missing' | 'insecure' | 'no-adapter';
}

/**
 * The GPU was taken away: driver reset, GPU process gone, or the device was destroyed. `reason` is WebGPU's own word.
 */
export class DeviceLostError extends TabgradError {
  declare readonly reason: string;
}

/** A kernel did not compile, or was called with the wrong buffers or parameters. `kernel` is its name. */
export class KernelError extends TabgradError {
  declare readonly kernel: string;
}

/** The GPU refused an operation (validation or internal error). `label` is the scope that it was seen in. */
export class GpuError extends TabgradError {
  declare readonly label: string;
}

/** The GPU has no room for a buffer. `bytes` is what was asked for. */
export class OutOfMemoryError extends TabgradError {
  declare readonly bytes: number;
}

/** Shapes that do not fit together. `op` and `shapes` say where. */
export class ShapeError extends TabgradError {
  declare readonly op: string;
  declare readonly shapes: readonly (readonly number[])[];
}

/** A file of a model is missing, damaged, or of a kind that tabgrad does not know. `file` names it. */
export class ModelFormatError extends TabgradError {
  declare readonly file: string;
}

/**
 * A file could not be fetched. `url` and, where there was an answer, `status`; `retryAfter` is in seconds, if the
 * server says it.
 */
export class DownloadError extends TabgradError {
  declare readonly url: string;
  declare readonly status?: number;
  declare readonly retryAfter?: number;
}

/**
 * Training met a loss or gradient that is not a finite number, at `step`. The weights are those of the step before.
 */
export class DivergedError extends TabgradError {
  declare readonly step: number;
}

/**
 * A checkpoint that cannot be used. `reason`: 'damaged' (or no checkpoint at all), 'version' (of another one of
 * tabgrad), 'model' (made with another model) or 'missing' (deleted).
 */
export class CheckpointError extends TabgradError {
  declare readonly reason: 'damaged' | 'version' | 'model' | 'missing';
}

/** An argument of the wrong kind. `argument` names it. */
export class ArgumentError extends TabgradError {
  declare readonly argument: string;
}

/**
 * The caller's AbortSignal fired. The name is the platform's own, so `error.name === 'AbortError'` holds as with
 * fetch.
 */
export class AbortError extends TabgradError {}

/** The worker did not start, or ended by itself: its script is missing or blocked, or it ran out of memory. */
export class WorkerError extends TabgradError {}

const classes = {
  TabgradError,
  WebGpuUnavailableError,
  DeviceLostError,
  KernelError,
  GpuError,
  OutOfMemoryError,
  ShapeError,
  ModelFormatError,
  DownloadError,
  DivergedError,
  CheckpointError,
  ArgumentError,
  AbortError,
  WorkerError,
};

// A bundler that shortens names would change the classes' own, which become the errors': give them back.
for (const [name, type] of Object.entries(classes)) Object.defineProperty(type, 'name', { value: name });

/** An error as plain data, for a message between threads. */
export type PlainError = ReturnType<typeof toPlainError>;

export function toPlainError({ name, message, stack, ...fields }: TabgradError) {
  return { name, message, stack, fields };
}

/** The inverse of {@link toPlainError}: an instance of the named class, with its fields. */
export function fromPlainError({ name, message, stack, fields }: PlainError): TabgradError {
  const error = new classes[name as keyof typeof classes](message, fields);
  if (stack) error.stack = stack;
  return error;
}

/** The error for a signal that has fired. */
export function abortError(): AbortError {
  return new AbortError('Stopped: the caller aborted the operation.');
}

/** Throws {@link AbortError} if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError();
}
