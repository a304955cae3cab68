import { type Constants, extentOf } from '../gpu/kernel.ts';
import { chosen, type Family } from '../gpu/variants.ts';
import { addGradient, needsGradient, record } from '../tensor/autograd.ts';
import { discard } from '../tensor/scope.ts';
import { expectShape, show, wrongShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import {
  type AttentionVariant,
  attentionBackward,
  attentionForward,
  MOST_QUADS,
} from './attentionVariants.ts';
import { type DropoutUse, dropoutParams } from './dropout.ts';
import { gradientSum } from './gradients.ts';
import type { Packing } from './packing.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

/**
 * Multi-head self-attention over packed sequences: softmax(q·kᵀ / √D)·v, each sequence on its own.
 * Backward: see shaders/attention/attention_backward_tile.wgsl; the scores are computed again from the log-sum-exp.
 * @param qkv [T, 3H]: queries, keys and values side by side, each of A heads × D
 * @param dropout of the probabilities
 * @returns [T, H]
 * @throws ShapeError unless D is a multiple of 4, at most 256
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export function attention(qkv: Tensor, packing: Packing, heads: number, dropout?: DropoutUse): Tensor {
  const { sequences, rows, longest, cuSeqlens, keyLens } = packing;
  expectShape('attention', 'qkv', qkv.shape, [rows, null]);
  const { engine } = qkv;
  const headSize = qkv.shape[1]! / 3 / heads;
  const quads = headSize / 4;
  if (!Number.isInteger(quads) || quads < 1 || quads > MOST_QUADS) {
    const given = `${show(qkv.shape)} over ${heads} heads gives heads of ${headSize}`;
    throw wrongShape('attention', `${given}; a multiple of 4 up to 256 is needed`, [qkv.shape]);
  }
  const params = {
    heads,
    quads,
    scale: 1 / Math.sqrt(headSize),
    ...dropoutParams(dropout, 'sequences', heads),
  };
  /** Runs a family's kernel. @param owners what rows are owned as: queries, or queries and keys */
  const runChosen = (
    family: Family<AttentionVariant>,
    tensors: Record<string, Tensor>,
    more: Constants,
    owners: number,
  ) => {
    const { kernel, constants } = chosen(family, engine);
    const all = { ...constants(engine.adapter, quads), DROPOUT: dropout !== undefined, ...more };
    const queryTiles = Math.ceil(longest / extentOf(kernel, 'TILE_ROWS', all));
    const workgroups = [owners * queryTiles, heads, sequences] as const;
    run(kernel, tensors, { params: { ...params, queryTiles }, constants: all, workgroups });
  };

  const SAVE = needsGradient(qkv);
  const out = empty(engine, [rows, heads * headSize]);
  const logSumExp = SAVE ? empty(engine, [rows, heads]) : scratch(engine, 0);
  const saved = { qkv, cuSeqlens, keyLens, out, logSumExp };
  runChosen(attentionForward, saved, { SAVE }, 1);

  return record(out, [qkv], (dOut) => {
    const dQkv = empty(engine, qkv.shape);
    runChosen(attentionBackward, { ...saved, dOut, dQkv }, {}, 2);
    addGradient(qkv, (sum) => {
      const total = gradientSum(dQkv, sum);
      if (total !== dQkv) discard(dQkv);
      return total;
    });
  });
}
