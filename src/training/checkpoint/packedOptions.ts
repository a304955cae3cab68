import { isObject } from '../../values/isObject.ts';
import type { Example } from '../options/examples.ts';
import type { TrainerOptions } from '../options/options.ts';
import { evaluationOptions } from '../options/splitExamples.ts';

/** A run's options as JSON. Heads are left out: the checkpoint holds them with their weights. */
export interface PackedOptions {
  /** Everything but examples and heads. */
  settings: Record<string, unknown>;
  texts: { examples: Example[]; evaluation?: Example[] };
}

/** @param fields the fields of an example that the run's loss reads; a caller's example may have more */
export function packOptions(
  { examples, heads: _, evaluation, ...settings }: TrainerOptions,
  fields: readonly string[],
): PackedOptions {
  const { examples: apart, ...how } = evaluationOptions(evaluation);
  const plain = (example: Example) => {
    const given = example as unknown as Record<string, unknown>;
    return Object.fromEntries(fields.map((field) => [field, given[field]])) as unknown as Example;
  };
  return {
    settings: pack({ ...settings, ...(evaluation && { evaluation: how }) }) as Record<string, unknown>,
    texts: { examples: examples.map(plain), ...(apart && { evaluation: apart.map(plain) }) },
  };
}

/** The inverse of {@link packOptions}. It does not check that the options work. */
export function unpackOptions({ settings, texts }: PackedOptions): TrainerOptions {
  const options = unpack(settings) as Omit<TrainerOptions, 'examples'>;
  const { evaluation } = options;
  return {
    ...options,
    examples: texts.examples,
    ...(evaluation && {
      evaluation: { ...evaluation, ...(texts.evaluation && { examples: texts.evaluation }) },
    }),
  };
}

/** JSON has no regular expressions: they become `{ regExp: [source, flags] }`. */
function pack(value: unknown): unknown {
  if (value instanceof RegExp) return { regExp: [value.source, value.flags] };
  return mapValues(value, pack);
}

function unpack(value: unknown): unknown {
  if (isObject(value) && Object.keys(value).join() === 'regExp' && Array.isArray(value.regExp)) {
    const [source, flags] = value.regExp.map(String);
    return new RegExp(source ?? '', flags);
  }
  return mapValues(value, unpack);
}

function mapValues(value: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
}
