import { DownloadError, ModelFormatError } from '../errors.ts';
import type { OnProgress } from '../types.ts';

/** A file's content. */
export type Bytes = Blob | Uint8Array<ArrayBuffer>;

/** Where a model's files come from: the web, a disk, or memory. Paths are relative to the model's folder. */
export interface FileReader {
  /** What messages call the place. */
  readonly place: string;
  /** @throws the error of {@link missingFile}, or DownloadError with status 404, where there is no such file */
  read(path: string): Promise<Bytes>;
  has(path: string): Promise<boolean>;
}

export interface SourceOptions {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** The error for a file that is not there. @param place what was looked through, for the message */
export function missingFile(file: string, place: string): ModelFormatError {
  return new ModelFormatError(`There is no ${file} in ${place}.`, { file, missing: true });
}

export function isMissing(error: unknown): boolean {
  if (error instanceof DownloadError) return error.status === 404;
  return error instanceof ModelFormatError && 'missing' in error;
}
