import { SentenceTransformer, Trainer } from '../../../worker/client.ts';
import type { Tools } from '../given.ts';

export default async function load({ source, revision, print, onProgress, signal }: Tools) {
  const model = await SentenceTransformer.fromPretrained(source, {
    revision,
    onProgress,
    signal,
  });

  print(`${model.parameterCount.toLocaleString('en-US')} parameters`);
  print(`${model.dimension} numbers for a sentence`);
  print(`at most ${model.maxLength} tokens of it`);
  return { Trainer, model };
}
