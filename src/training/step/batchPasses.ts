import { batchTokens } from '../../model/encodeOptions.ts';
import { forwardBatch } from '../../model/forward.ts';
import type { ModelState } from '../../model/state.ts';
import type { Dropout } from '../../ops/dropout.ts';
import { backward, type Leaf, watch, withTape } from '../../tensor/autograd.ts';
import { release, scope } from '../../tensor/scope.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { type PackedBatch, planBatches } from '../../text/batch.ts';
import { sequencesOf, type TokenizedExample } from '../batches/tokenizedExample.ts';
import type { EmbeddingLoss, HiddenLoss, RunLoss, Terms } from '../losses/loss.ts';
import { copyRows, splitColumns } from './columns.ts';
import { embed } from './embed.ts';
import { type LossReading, LossReadings } from './lossReading.ts';

export interface PassOptions {
  leaves: ReadonlyMap<Tensor, Leaf>;
  /** Factor on the gradients: 1 / batches of an update. */
  share: number;
  /** Nothing is dropped if left out. Afterwards it goes on behind the streams of this batch. */
  dropout?: Dropout;
  /** Tokens of a part; as many as the adapter takes at once if left out. */
  maxTokens?: number;
}

interface Passes extends Pick<PassOptions, 'leaves' | 'share'> {
  core: ModelState;
  examples: readonly TokenizedExample[];
  parts: readonly Part[];
  readings: LossReadings;
}

interface Part extends PackedBatch {
  /** The dropout of a pass over it: the same masks each time. */
  dropout: () => Dropout | undefined;
}

/**
 * Records the forward and backward passes of one batch. A batch of more tokens than the adapter takes at once is cut
 * into parts: loss and gradients are those of the whole batch, but for rounding, and so are the masks of dropout.
 * @returns the loss's values
 */
export function recordBatch(
  core: ModelState,
  loss: RunLoss,
  examples: readonly TokenizedExample[],
  options: PassOptions,
): LossReading[] {
  const { engine, folder } = core;
  const { dropout, leaves, share } = options;
  const { maxTokens = batchTokens(folder.repository.encoder, engine.adapter.isSoftware) } = options;
  const first = dropout?.stream ?? 0;
  let rows = 0;
  const parts = planBatches(sequencesOf(examples, loss.texts), { maxTokens }).map((part): Part => {
    const before = { rows, sequences: part.first };
    rows += part.tokens.length;
    return { ...part, dropout: () => dropout?.rewind(first, before) };
  });
  const readings = new LossReadings();
  const passes = { core, examples, parts, leaves, share, readings };
  if ('ofHidden' in loss) passesOfHidden(loss, passes);
  else passesOfEmbeddings(loss, passes);
  return readings.all();
}

/** Each part on its own: the loss of an example asks nothing of the others. */
function passesOfHidden(loss: HiddenLoss, passes: Passes): void {
  const { core, examples, parts, leaves, share, readings } = passes;
  const recordPart = loss.ofHidden(core, examples, share);
  for (const part of parts) {
    taped(core, leaves, () => {
      const { hidden, packed } = forwardBatch(core, part, part.dropout());
      const some = examples.slice(part.first, part.first + part.count);
      const { roots, values } = recordPart(hidden, packed, some);
      readings.add(values);
      return roots;
    });
  }
}

/**
 * A batch in one part takes one pass. Of several parts the embeddings are made without a tape; then come the loss and
 * its gradient with respect to them; then each part again, with a tape, through which its rows of that gradient go.
 * @see Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup",
 * https://arxiv.org/abs/2101.06983
 */
function passesOfEmbeddings(loss: EmbeddingLoss, passes: Passes): void {
  const { core, examples, parts, leaves, share, readings } = passes;
  const { engine, folder } = core;
  const recordLoss = (embeddings: Tensor) => {
    const columns = splitColumns(embeddings, examples, loss.texts);
    const { roots, values } = loss.ofEmbeddings(columns, examples, share);
    readings.add(values);
    return roots;
  };
  if (parts.length === 1) {
    const [whole] = parts as [Part];
    taped(core, leaves, () => recordLoss(embed(core, whole, whole.dropout())));
    return;
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  // No scope is around the passes that follow: it would keep what each of them makes for its backward half.
  const [embeddings, gradient] = scope(engine, () => {
    const shape = [count, folder.repository.dimension];
    return [empty(engine, shape), empty(engine, shape)] as const;
  });
  try {
    for (const part of parts) {
      scope(engine, () => {
        copyRows(embed(core, part, part.dropout()), 0, embeddings, part.first, part.count);
      });
    }
    taped(core, leaves, () => {
      watch(embeddings, (dOut) => copyRows(dOut, 0, gradient, 0, count));
      return recordLoss(embeddings);
    });
    for (const part of parts) {
      taped(core, leaves, () => {
        const again = embed(core, part, part.dropout());
        const dOut = empty(engine, again.shape);
        copyRows(gradient, part.first, dOut, 0, part.count);
        return [[again, dOut]];
      });
    }
  } finally {
    release(embeddings);
    release(gradient);
  }
}

function taped({ engine }: ModelState, leaves: PassOptions['leaves'], forward: () => Terms['roots']): void {
  scope(engine, () => withTape(engine, leaves, () => backward(engine, forward())));
}
