import row from '../../shaders/lib/row.wgsl?raw';
import source from '../../shaders/normalize.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { record } from '../tensor/autograd.ts';
import { expectQuads, expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { addKernelGradient } from './gradients.ts';
import { rowCall, run } from './run.ts';

const forward = kernel('normalize.forward', [row, source], 'forward');
const backward = kernel('normalize.backward', [row, source], 'backward');

/** PyTorch's default: a zero row stays zero. */
const EPS = 1e-12;

/**
 * Every row divided by its Euclidean length. Backward: dX = (dOut − y (y·dOut)) / ‖x‖.
 * @param x [rows, H], H a multiple of 4
 * @returns [rows, H]
 * @throws ShapeError
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
 */
export function normalize(x: Tensor): Tensor {
  expectShape('normalize', 'x', x.shape, [null, null]);
  expectQuads('normalize', x.shape);
  const rows = x.shape[0]!;
  const y = empty(x.engine, x.shape);
  const call = rowCall(x.engine, rows, { rows, rowQuads: x.shape[1]! / 4, eps: EPS });
  run(forward, { x, y }, call);
  return record(y, [x], (dOut) => addKernelGradient(backward, x, dOut, { x }, call));
}
