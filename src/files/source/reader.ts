import { DownloadError, ModelFormatError } from '../../errors.ts';
import type { OnProgress, SourceSettings } from '../../types.ts';

/** A file's content. */
export type Bytes = Blob | Uint8Array<ArrayBuffer>;

/** The origin of a model's files: the web, a disk, or memory. Paths are relative to the model's folder. */
export interface FileReader {
  /** Name of the place in messages. */
  readonly label: string;
  /** The place as an argument in Python code. */
  readonly pythonSource: string;
  /** @throws the error of {@link missingFile}, or DownloadError with status 404, where there is no such file */
  read(path: string): Promise<Bytes>;
  has(path: string): Promise<boolean>;
  /** Caches the files that were downloaded, and the names of those that were missing. It does not throw. */
  keep?(): Promise<void>;
}

export interface SourceOptions extends SourceSettings {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Milliseconds without a byte after which a download counts as cut: 60,000. */
  stallTimeout?: number;
  /** Milliseconds before a cut download goes on, doubled each time: 500. */
  retryDelay?: number;
}

/** The error for a file that does not exist. @param label name of the place in the message */
export function missingFile(file: string, label: string): ModelFormatError {
  return new ModelFormatError(`There is no ${file} in ${label}.`, { file, missing: true });
}

export function isMissing(error: unknown): boolean {
  if (error instanceof DownloadError) return error.status === 404;
  return error instanceof ModelFormatError && 'missing' in error;
}
