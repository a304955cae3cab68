import { asObject } from '../files/json.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

const file = 'config_sentence_transformers.json';

/** The texts that a model's files put in front of a text. */
export interface Prompts {
  /** Prompts by name; '' puts nothing in front. */
  byName: ReadonlyMap<string, string>;
  /** Name of the prompt that is used where the caller asks for none. */
  defaultName: string | undefined;
}

/**
 * Reads prompts as sentence-transformers does: every model has "query" and "document", empty if it names none.
 * @throws ModelFormatError for a prompt that is no text, or a default that is not among the prompts
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
