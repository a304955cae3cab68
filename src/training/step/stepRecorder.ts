import { batchTokens } from '../../model/encodeOptions.ts';
import { forwardBatch } from '../../model/forward.ts';
import type { ModelCore } from '../../model/state.ts';
import { headLogits } from '../../nn/heads.ts';
import { crossEntropy } from '../../ops/crossEntropy.ts';
import type { Dropout } from '../../ops/dropout.ts';
import { backward, type Leaf, withTape } from '../../tensor/autograd.ts';
import { scope } from '../../tensor/scope.ts';
import { type Tensor, toFloats } from '../../tensor/tensor.ts';
import { planBatches } from '../../text/batch.ts';
import type { TokenizedExample } from '../batches/vocabulary.ts';

/** A task's loss on one batch, once it is read. */
export interface TaskLoss {
  task: string;
  /** Mean cross-entropy over the batch's labelled examples, without the task's weight. */
  loss: Promise<number>;
}

/**
 * Records the forward and backward pass of one batch: the examples are packed once, each head reads its own rows, the
 * losses add up, one pass back. A batch of more tokens than the adapter takes at once is cut; the gradients add up to
 * the same.
 * @param weights of the tasks; one that is 0, or whose head has no label in the batch, adds nothing
 * @param share factor on all losses: 1 / batches of an update
 * @param dropout none if left out
 */
export function recordPasses(
  core: ModelCore,
  leaves: ReadonlyMap<Tensor, Leaf>,
  examples: readonly TokenizedExample[],
  weights: Readonly<Record<string, number>>,
  share: number,
  dropout?: Dropout,
): TaskLoss[] {
  const { engine, folder } = core;
  const labelled = (task: string) => examples.filter(({ labels }) => labels[task] !== undefined).length;
  const tasks = Object.keys(weights)
    .map((task) => ({ task, scale: (weights[task]! * share) / labelled(task) }))
    .filter(({ scale }) => Number.isFinite(scale) && scale > 0);
  const sums = new Map(tasks.map(({ task }) => [task, [] as Promise<Float32Array>[]]));

  const parts = planBatches(examples, {
    maxTokens: batchTokens(folder.repository.encoder, engine.adapter.isSoftware),
  });
  for (const part of parts) {
    const mine = examples.slice(part.first, part.first + part.count);
    scope(engine, () => {
      withTape(engine, leaves, () => {
        const { hidden, packed } = forwardBatch(core, part, dropout);
        const heads = tasks.map(({ task }) => core.heads.get(task)!);
        const allLogits = headLogits(heads, hidden, packed);
        const roots = tasks.map(({ task, scale }, i): [Tensor, Tensor] => {
          const logits = allLogits[i]!;
          const { losses, dLogits } = crossEntropy(
            logits,
            mine.map(({ labels }) => labels[task] ?? -1),
            scale,
          );
          sums.get(task)!.push(toFloats(losses));
          return [logits, dLogits];
        });
        backward(engine, roots);
      });
    });
  }
  return tasks.map(({ task }) => ({ task, loss: total(sums.get(task)!, weights[task]! * share) }));
}

async function total(readings: readonly Promise<Float32Array>[], factor: number): Promise<number> {
  const rows = await Promise.all(readings);
  return rows.reduce((sum, losses) => losses.reduce((part, loss) => part + loss, sum), 0) / factor;
}
