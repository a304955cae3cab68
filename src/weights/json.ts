import { ModelFormatError } from '../errors.ts';
import type { Bytes } from './reader.ts';

export type Json = Record<string, unknown>;

/**
 * @param why what needs the file, for the message where it is missing
 * @throws ModelFormatError if the file's content is not an object
 */
export function asObject(value: unknown, file: string, why?: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  const reason = why ? ` (${why})` : '';
  throw new ModelFormatError(
    value === undefined
      ? `${file} is missing${reason}.`
      : `${file} holds ${quote(value)}, not an object${reason}.`,
    { file },
  );
}

/** A value as JSON, short enough for a message. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** A JSON file's content. @throws ModelFormatError if it is no JSON */
export async function parseJson(bytes: Bytes, file: string): Promise<unknown> {
  const buffer = bytes instanceof Blob ? await bytes.arrayBuffer() : bytes;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(buffer));
  } catch (cause) {
    throw new ModelFormatError(`${file} is not JSON in UTF-8 (${String(cause)}).`, { file });
  }
}
