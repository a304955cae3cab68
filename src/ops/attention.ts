import tileSource from '../../shaders/attention.wgsl?raw';
import broadcastSource from '../../shaders/attention_broadcast.wgsl?raw';
import { ShapeError } from '../errors.ts';
import { kernel } from '../gpu/kernel.ts';
import { type KernelStyle, pickStyle } from '../gpu/tuning.ts';
import { expectShape, show } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Packing } from './packing.ts';
import { run } from './run.ts';

const tile = kernel('attention.tile', tileSource, 'forward');
const broadcast = kernel('attention.broadcast', ['enable subgroups;', broadcastSource], 'forward');

/** Most invocations a workgroup; the head size decides how they are split. */
const LANES = 64;
/** Floats of K staged in workgroup memory: 8 KB. */
const STAGED = 2048;

/**
 * Multi-head self-attention over packed sequences: softmax(q·kᵀ / √D)·v, each sequence on its own.
 * @param qkv [T, 3H]: queries, keys and values side by side, each of A heads × D
 * @param style which kernel; the adapter's own where it is left out
 * @returns [T, H]
 * @throws ShapeError unless D is a multiple of 4, at most 256
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
export function attention(qkv: Tensor, packing: Packing, heads: number, style?: KernelStyle): Tensor {
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
  const out = empty(engine, [rows, heads * headSize]);
  const tensors = { qkv, cuSeqlens, keyLens, out };
  if ((style ?? pickStyle(engine.adapter)) === 'broadcast') {
    const { subgroupSize } = engine.adapter;
    run(broadcast, tensors, {
      params: { heads, quads, scale },
      constants: { SUBGROUP: subgroupSize },
      groups: [Math.ceil(longest / subgroupSize), heads, sequences],
    });
  } else {
    const groups = Math.min(8, Math.floor(LANES / quads));
    const keys = Math.min(32, Math.floor(STAGED / headSize));
    run(tile, tensors, {
      params: { heads, scale },
      constants: { QUADS: quads, GROUPS: groups, KEYS: keys },
      groups: [Math.ceil(longest / (4 * groups)), heads, sequences],
    });
  }
  return out;
}
