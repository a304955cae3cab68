import source from '../../shaders/layer_norm.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { rowGroups, rowLanes, run } from './run.ts';
import { expectWidth } from './width.ts';

const forward = kernel('layerNorm.forward', [row, source], 'forward');

/**
 * Layer normalization over the last dimension: (x − mean) / √(variance + eps) · gamma + beta.
 * @param x [rows, H], H a multiple of 4
 * @param gamma [H]
 * @param beta [H]
 * @returns [rows, H]
 * @throws ShapeError
 * @see Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  expectShape('layerNorm', 'x', x.shape, [null, null]);
  const [rows, width] = x.shape as [number, number];
  expectWidth('layerNorm', x);
  expectShape('layerNorm', 'gamma', gamma.shape, [width]);
  expectShape('layerNorm', 'beta', beta.shape, [width]);
  const y = empty(x.engine, x.shape);
  run(
    forward,
    { x, gamma, beta, y },
    { params: { rows, width: width / 4, eps }, constants: rowLanes(x.engine), groups: rowGroups(rows) },
  );
  return y;
}
