import { type Block, storageUsage } from '../gpu/buffers.ts';
import type { Engine } from '../gpu/engine.ts';
import { type Tensor, view } from '../tensor/tensor.ts';

const blocks = new WeakMap<Engine, Block>();

/** Bytes between two parts that can be bound at once. */
const STEP = 256;

/**
 * A few bytes to bind for an output that a call of a kernel leaves out. Nothing reads them. Several such outputs of
 * one call need different values of `index`, 0 to 3, since writable bindings may not overlap.
 */
export function scratch(engine: Engine, index: number): Tensor {
  const block = blocks.get(engine) ?? engine.buffers.allocate(4 * STEP, storageUsage, 'scratch');
  blocks.set(engine, block);
  return view(engine, { block, offset: index * STEP, bytes: STEP }, [STEP / 4]);
}
