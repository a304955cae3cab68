import { asObject } from '../files/json.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

const file = 'config_sentence_transformers.json';

/** What a model's files say is put in front of a text. */
export interface Prompts {
  /** By name; '' puts nothing there. */
  byName: ReadonlyMap<string, string>;
  /** Name of the one that is used where none is asked for. */
  defaultName: string | undefined;
}

/**
 * As sentence-transformers reads them: "query" and "document" are there, empty, in every model.
 * @param value content of config_sentence_transformers.json; undefined where there is no such file
 * @throws ModelFormatError for prompts that are no texts, or a default that is none of them
 */
export function readPrompts(value: unknown): Prompts {
  const byName = new Map([
    ['query', ''],
    ['document', ''],
  ]);
  if (value === undefined) return { byName, defaultName: undefined };
  const config = asObject(value, file);
  const given = config.prompts ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw fault(file, `prompts is ${quote(given)}, not an object`);
  for (const [name, prompt] of Object.entries(given)) {
    if (prompt !== null && typeof prompt !== 'string') {
      throw fault(file, `the prompt ${quote(name)} is ${quote(prompt)}, not a text`);
    }
    byName.set(name, prompt ?? '');
  }
  const defaultName = config.default_prompt_name ?? undefined;
  if (defaultName === undefined) return { byName, defaultName };
  if (typeof defaultName !== 'string' || !byName.has(defaultName)) {
    throw fault(
      file,
      `default_prompt_name is ${quote(defaultName)}. The prompts are ${[...byName.keys()].map(quote).join(', ')}`,
    );
  }
  return { byName, defaultName };
}
