import row from '../../shaders/lib/row.wgsl?raw';
import source from '../../shaders/softmax.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { rowCall, run } from './run.ts';

const forward = kernel('softmax.forward', [row, source], 'forward');

/**
 * Softmax over the last dimension, stable for large values.
 * @param x [rows, width], any width from 1
 * @returns [rows, width]
 * @throws ShapeError
 */
export function softmax(x: Tensor): Tensor {
  expectShape('softmax', 'x', x.shape, [null, null]);
  const [rows, width] = x.shape as [number, number];
  const y = empty(x.engine, x.shape);
  run(forward, { x, y }, rowCall(x.engine, rows, { rows, width }));
  return y;
}
