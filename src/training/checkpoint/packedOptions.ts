import { isObject } from '../../values/isObject.ts';
import type { AnyExample } from '../losses/losses.ts';
import type { TrainerOptions } from '../options/options.ts';
import { evaluationOptions } from '../options/splitExamples.ts';

/** A run's options as JSON. Heads are left out: the checkpoint holds them with their weights. */
export interface PackedOptions {
  /** Everything but examples and heads. */
  settings: Record<string, unknown>;
  texts: { examples: AnyExample[]; evaluation?: AnyExample[] };
}

/** @param fields the fields of an example that the run's loss reads; a caller's example may have more */
export function packOptions(
  { examples, heads: _, evaluation, ...settings }: TrainerOptions,
  fields: readonly string[],
): PackedOptions {
  const { examples: apart, ...how } = evaluationOptions(evaluation);
  const plain = (example: object) =>
    Object.fromEntries(
      fields.map((field) => [field, example[field as keyof object]]),
    ) as unknown as AnyExample;
  // JSON has no regular expressions: they become `{ regExp: [source, flags] }`.
  const json = JSON.stringify({ ...settings, ...(evaluation && { evaluation: how }) }, (_key, value) =>
    value instanceof RegExp ? { regExp: [value.source, value.flags] } : value,
  );
  return {
    settings: JSON.parse(json),
    texts: { examples: examples.map(plain), ...(apart && { evaluation: apart.map(plain) }) },
  };
}

/** The inverse of {@link packOptions}. It does not check that the options work. */
export function unpackOptions({ settings, texts }: PackedOptions): TrainerOptions {
  const { evaluation, ...options } = JSON.parse(JSON.stringify(settings), (_key, value) => {
    if (!isObject(value) || Object.keys(value).join() !== 'regExp' || !Array.isArray(value.regExp))
      return value;
    const [source = '', flags] = value.regExp.map(String);
    return new RegExp(source, flags);
  });
  const apart = texts.evaluation && { examples: texts.evaluation };
  return {
    ...options,
    examples: texts.examples,
    ...(evaluation && { evaluation: { ...evaluation, ...apart } }),
  };
}
