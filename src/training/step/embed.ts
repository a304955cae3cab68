import {
  type Compute,
  defaultPrompt,
  forwardBatch,
  promptTokens,
  sentenceEmbeddings,
} from '../../model/forward.ts';
import type { ModelState } from '../../model/state.ts';
import type { Dropout } from '../../ops/dropout.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { PackedBatch } from '../../text/batch.ts';

/** Makes embeddings as the model's own files say, of texts with its default prompt. */
export function embedder(core: ModelState): (...batch: Parameters<Compute>) => Tensor {
  const { pooling, normalize, maxLength } = core.folder.repository;
  const form = { pooling, normalize, skip: promptTokens(core, defaultPrompt(core), maxLength) };
  return (hidden, packed, batch) => sentenceEmbeddings(core, hidden, packed, batch, form);
}

/** Embeddings of a part of a batch, [its texts, dimension]. */
export function embed(core: ModelState, part: PackedBatch, dropout?: Dropout): Tensor {
  const { hidden, packed } = forwardBatch(core, part, dropout);
  return embedder(core)(hidden, packed, part);
}
