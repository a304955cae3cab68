import type { Engine } from '../gpu/engine.ts';
import { fromData, type Tensor } from '../tensor/tensor.ts';

/** The places of the sequences in a packed batch. */
export interface Packing {
  /** [B + 1], uint32: sequence b has rows cuSeqlens[b] to cuSeqlens[b + 1]. */
  cuSeqlens: Tensor;
  /** [B], uint32: how many of a sequence's rows are keys for attention, at least 1; the rest is padding. */
  keyLens: Tensor;
  sequences: number;
  /** Rows of all sequences. */
  rows: number;
  /** Rows of the longest sequence. */
  longest: number;
}

/** Writes a packing to the GPU, as tensors of the open scope. */
export function packing(
  engine: Engine,
  cuSeqlens: Uint32Array<ArrayBuffer>,
  keyLens: Uint32Array<ArrayBuffer>,
): Packing {
  const sequences = keyLens.length;
  let longest = 0;
  for (let b = 0; b < sequences; b += 1) longest = Math.max(longest, cuSeqlens[b + 1]! - cuSeqlens[b]!);
  return {
    cuSeqlens: fromData(engine, cuSeqlens),
    keyLens: fromData(engine, keyLens),
    sequences,
    rows: cuSeqlens[sequences]!,
    longest,
  };
}
