import { ModelFormatError } from '../errors.ts';
import { isObject } from '../values/isObject.ts';
import { quote } from '../values/quote.ts';
import { foreignKind } from './source/notAModelFile.ts';
import type { Bytes } from './source/reader.ts';

export type Json = Record<string, unknown>;

/** Expects a JSON file's content to be an object. @param why what needs the file, for the message */
export function asObject(value: unknown, file: string, why?: string): Json {
  if (isObject(value)) return value;
  const reason = why ? ` (${why})` : '';
  throw new ModelFormatError(
    value === undefined
      ? `${file} is missing${reason}.`
      : `${file} holds ${quote(value)}, not an object${reason}.`,
    { file },
  );
}

/** Parses a JSON file. @throws ModelFormatError if it is no JSON */
export async function parseJson(bytes: Bytes, file: string): Promise<unknown> {
  const buffer = bytes instanceof Blob ? new Uint8Array(await bytes.arrayBuffer()) : bytes;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(buffer));
  } catch (cause) {
    const instead = buffer.byteLength === 0 ? 'empty' : foreignKind(buffer);
    const why = instead ? `it is ${instead}` : String(cause);
    throw new ModelFormatError(`${file} is not JSON in UTF-8 (${why}).`, { file });
  }
}
