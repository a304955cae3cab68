import flat from '../../shaders/lib/flat.wgsl?raw';
import source from '../../shaders/pooling.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { record } from '../tensor/autograd.ts';
import { expectQuads, expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Pooling } from '../types.ts';
import { addKernelGradient } from './gradients.ts';
import type { Packing } from './packing.ts';
import { listWorkgroups, run } from './run.ts';

const forward = kernel('pooling.forward', [flat, source], 'forward');
const backward = kernel('pooling.backward', [flat, source], 'backward');

const modes: Record<Pooling, number> = { mean: 0, cls: 1, max: 2, 'mean-with-padding': 3 };

/**
 * Makes one vector of each sequence. Backward: see shaders/pooling.wgsl.
 * @param x [T, H], H a multiple of 4
 * @returns [B, H]
 * @throws ShapeError
 * @see https://sbert.net/docs/package_reference/sentence_transformer/models.html#sentence_transformers.models.Pooling
 */
export function pool(x: Tensor, packing: Packing, pooling: Pooling): Tensor {
  const { sequences, rows, cuSeqlens, keyLens } = packing;
  expectShape('pool', 'x', x.shape, [rows, null]);
  expectQuads('pool', x.shape);
  const rowQuads = x.shape[1]! / 4;
  const y = empty(x.engine, [sequences, x.shape[1]!]);
  const call = {
    params: { sequences, rowQuads },
    constants: { MODE: modes[pooling] },
    workgroups: listWorkgroups(sequences * rowQuads),
  };
  const read = { x, cuSeqlens, keyLens };
  run(forward, { ...read, y }, call);
  return record(y, [x], (dOut) => addKernelGradient(backward, x, dOut, read, call));
}
