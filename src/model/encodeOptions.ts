import type { Encoder } from '../architectures/architecture.ts';
import { ArgumentError } from '../errors.ts';
import type { Prompts } from '../repository/prompts.ts';
import type { EncodeOptions, EncoderModel, Pooling } from '../types.ts';
import { describe } from '../values/describe.ts';

/** @throws ArgumentError that names the first entry that is not a string */
export function checkTexts(texts: unknown, call = 'encode'): asserts texts is string[] {
  if (!Array.isArray(texts)) throw wrong(call, 'texts', texts, 'Pass an array of strings.');
  const position = texts.findIndex((text) => typeof text !== 'string');
  if (position === -1) return;
  throw new ArgumentError(
    `${call}(): text ${position} is not a string but ${describe(texts[position])}. Pass an array of strings.`,
    { argument: 'texts', position },
  );
}

function wrong(call: string, argument: string, given: unknown, remedy: string): ArgumentError {
  return new ArgumentError(`${call}(): ${argument} is ${describe(given)}. ${remedy}`, { argument });
}

const poolings: readonly Pooling[] = ['mean', 'cls', 'max', 'mean-with-padding'];

/** Checks options and fills in the model's own values. @throws ArgumentError saying what was given and what works */
export function checkOptions(
  options: EncodeOptions,
  model: Pick<EncoderModel, 'pooling' | 'normalize' | 'maxLength'>,
  maxPositions: number,
  call = 'encode',
): Required<Pick<EncodeOptions, 'pooling' | 'normalize' | 'maxLength'>> {
  if (typeof options !== 'object' || options === null) {
    throw wrong(call, 'options', options, 'Pass an object, or nothing.');
  }
  const { pooling = model.pooling, normalize = model.normalize, maxLength = model.maxLength } = options;
  if (!poolings.includes(pooling)) {
    throw wrong(call, 'pooling', pooling, `Use one of ${poolings.join(', ')}.`);
  }
  if (typeof normalize !== 'boolean') throw wrong(call, 'normalize', normalize, 'Use true or false.');
  if (!Number.isInteger(maxLength) || maxLength < 2 || maxLength > maxPositions) {
    const remedy = `Use a whole number from 2 to ${maxPositions}, the model's positions.`;
    throw wrong(call, 'maxLength', maxLength, remedy);
  }
  return { pooling, normalize, maxLength };
}

/**
 * Chooses the prompt for texts: the given text, else the one of the given name, else the model's default, '' for none.
 * @throws ArgumentError for a name that the model does not have; it lists the names that it has
 */
export function promptOf(
  { prompt, promptName }: Pick<EncodeOptions, 'prompt' | 'promptName'>,
  { byName, defaultName }: Prompts,
  call = 'encode',
): string {
  if (prompt !== undefined) {
    if (typeof prompt === 'string') return prompt;
    throw wrong(call, 'prompt', prompt, "Use a string, '' for none.");
  }
  const name = promptName ?? defaultName;
  if (name === undefined) return '';
  const found = byName.get(name);
  if (found !== undefined) return found;
  const names = [...byName.keys()].map((known) => `"${known}"`).join(', ');
  const remedy = `The model's prompts are ${names}. Use one of them, or pass the text itself as prompt.`;
  throw wrong(call, 'promptName', name, remedy);
}

/** Floating-point operations of one batch: about 100 ms on a small GPU, about half a second on a software adapter. */
const FLOPS = { gpu: 5e10, software: 1.1e10 };

/** Chooses how many tokens a batch holds: enough to fill the adapter, few enough that a stop is heard soon. */
export function batchTokens({ flopsPerToken }: Pick<Encoder, 'flopsPerToken'>, isSoftware: boolean): number {
  const tokens = FLOPS[isSoftware ? 'software' : 'gpu'] / flopsPerToken;
  return Math.min(8192, Math.max(128, Math.round(tokens)));
}
