import {
  defaultPrompt,
  type EmbeddingForm,
  forwardBatch,
  promptTokens,
  sentenceEmbeddings,
} from '../../model/forward.ts';
import type { ModelState } from '../../model/state.ts';
import type { Dropout } from '../../ops/dropout.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { PackedBatch } from '../../text/batch.ts';

/** How the model's own files say that embeddings are made, of texts with its default prompt. */
export function embeddingForm(core: ModelState): EmbeddingForm {
  const { pooling, normalize, maxLength } = core.folder.repository;
  return { pooling, normalize, skip: promptTokens(core, defaultPrompt(core), maxLength) };
}

/** Embeddings of a part of a batch, [its texts, dimension]. */
export function embed(core: ModelState, part: PackedBatch, dropout?: Dropout): Tensor {
  const { hidden, packed } = forwardBatch(core, part, dropout);
  return sentenceEmbeddings(core, hidden, packed, part, embeddingForm(core));
}
