import flat from '../../shaders/lib/flat.wgsl?raw';
import source from '../../shaders/tanh.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { record } from '../tensor/autograd.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { addKernelGradient } from './gradients.ts';
import { listWorkgroups, run } from './run.ts';

const forward = kernel('tanh.forward', [flat, source], 'forward');
const backward = kernel('tanh.backward', [flat, source], 'backward');

/**
 * Hyperbolic tangent. Backward: dX = dOut · (1 − y²).
 * @param x any shape
 * @returns the same shape
 * @see https://docs.pytorch.org/docs/stable/generated/torch.tanh.html
 */
export function tanh(x: Tensor): Tensor {
  const y = empty(x.engine, x.shape);
  const count = Math.ceil(x.size / 4);
  const call = { params: { count }, workgroups: listWorkgroups(count) };
  run(forward, { x, y }, call);
  return record(y, [x], (dOut) => addKernelGradient(backward, x, dOut, { savedY: y }, call));
}
