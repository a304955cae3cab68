import broadcastBackwardSource from '../../shaders/attention/attention_backward_broadcast.wgsl?raw';
import tileBackwardSource from '../../shaders/attention/attention_backward_tile.wgsl?raw';
import broadcastSource from '../../shaders/attention/attention_broadcast.wgsl?raw';
import tileSource from '../../shaders/attention/attention_tile.wgsl?raw';
import dropoutSource from '../../shaders/lib/dropout.wgsl?raw';
import philox from '../../shaders/lib/philox.wgsl?raw';
import { ShapeError } from '../errors.ts';
import { kernel } from '../gpu/kernel.ts';
import { type KernelStyle, pickStyle } from '../gpu/tuning.ts';
import { addGradient, needsGradient, record } from '../tensor/autograd.ts';
import { discard } from '../tensor/scope.ts';
import { expectShape, show } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { type DropoutUse, keepAll } from './dropout.ts';
import type { Packing } from './packing.ts';
import { passOn } from './residualGradient.ts';
import { run } from './run.ts';
import { scratch } from './scratch.ts';

const random = [philox, dropoutSource];
const subgroups = ['enable subgroups;', ...random];
const tile = kernel('attention.tile', [...random, tileSource], 'forward');
const broadcast = kernel('attention.broadcast', [...subgroups, broadcastSource], 'forward');
const tileBackward = kernel('attentionBackward.tile', [...random, tileBackwardSource], 'backward');
const broadcastBackward = kernel(
  'attentionBackward.broadcast',
  [...subgroups, broadcastBackwardSource],
  'backward',
);

/** Most invocations a workgroup; the head size decides how they are split. The backward pass keeps more in each. */
const LANES = 64;
const BACKWARD_LANES = 32;
/** Floats of one operand staged in workgroup memory: 8 KB and, where four are staged, 2 KB. */
const STAGED = 2048;
const BACKWARD_STAGED = 512;

export interface AttentionOptions {
  /** Which kernel; the adapter's own where it is left out. */
  style?: KernelStyle;
  /** Of the probabilities. */
  dropout?: DropoutUse;
}

/**
 * Multi-head self-attention over packed sequences: softmax(q·kᵀ / √D)·v, each sequence on its own.
 * Backward: see shaders/attention/attention_backward_tile.wgsl; the scores are computed again from the log-sum-exp.
 * @param qkv [T, 3H]: queries, keys and values side by side, each of A heads × D
 * @returns [T, H]
 * @throws ShapeError unless D is a multiple of 4, at most 256
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export function attention(
  qkv: Tensor,
  packing: Packing,
  heads: number,
  { style = pickStyle(qkv.engine.adapter), dropout }: AttentionOptions = {},
): Tensor {
  const { sequences, rows, longest, cuSeqlens, keyLens } = packing;
  expectShape('attention', 'qkv', qkv.shape, [rows, null]);
  const { engine } = qkv;
  const headSize = qkv.shape[1]! / 3 / heads;
  const quads = headSize / 4;
  if (!Number.isInteger(quads) || quads < 1 || quads > LANES) {
    throw new ShapeError(
      `attention(): ${show(qkv.shape)} over ${heads} heads gives heads of ${headSize}; a multiple of 4 up to 256 is needed.`,
      { op: 'attention', shapes: [qkv.shape] },
    );
  }
  const scale = 1 / Math.sqrt(headSize);
  const { subgroupSize } = engine.adapter;
  const save = needsGradient(qkv);
  const use = dropout ?? keepAll;
  const DROPOUT = dropout !== undefined;
  const out = empty(engine, [rows, heads * headSize]);
  const logSumExp = save ? empty(engine, [rows, heads]) : scratch(engine, 0);
  const tensors = { qkv, cuSeqlens, keyLens, out, logSumExp };
  if (style === 'broadcast') {
    run(broadcast, tensors, {
      params: { heads, quads, scale, ...use },
      constants: { SUBGROUP: subgroupSize, SAVE: save, DROPOUT },
      groups: [Math.ceil(longest / subgroupSize), heads, sequences],
    });
  } else {
    const groups = Math.min(8, Math.floor(LANES / quads));
    const keys = Math.min(32, Math.floor(STAGED / headSize));
    run(tile, tensors, {
      params: { heads, quads, scale, ...use },
      constants: { QUADS: quads, GROUPS: groups, KEYS: keys, SAVE: save, DROPOUT },
      groups: [Math.ceil(longest / (4 * groups)), heads, sequences],
    });
  }

  return record(out, [qkv], (dOut) => {
    const dQkv = empty(engine, qkv.shape);
    const tensors = { qkv, cuSeqlens, keyLens, out, logSumExp, dOut, dQkv };
    if (style === 'broadcast') {
      const queryTiles = Math.ceil(longest / subgroupSize);
      run(broadcastBackward, tensors, {
        params: { heads, quads, scale, queryTiles, ...use },
        constants: { SUBGROUP: subgroupSize, DROPOUT },
        groups: [2 * queryTiles, heads, sequences],
      });
    } else {
      const groups = Math.max(1, Math.min(4, Math.floor(BACKWARD_LANES / quads)));
      const queryTiles = Math.ceil(longest / (4 * groups));
      run(tileBackward, tensors, {
        params: { heads, quads, scale, queryTiles, ...use },
        constants: {
          QUADS: quads,
          GROUPS: groups,
          OTHERS: Math.min(16, Math.floor(BACKWARD_STAGED / headSize)),
          DROPOUT,
        },
        groups: [2 * queryTiles, heads, sequences],
      });
    }
    addGradient(qkv, (sum) => {
      const total = passOn(dQkv, sum);
      if (total !== dQkv) discard(dQkv);
      return total;
    });
  });
}
