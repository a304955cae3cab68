import source from '../../shaders/gelu.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import normal from '../../shaders/lib/normal.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { record } from '../tensor/autograd.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { addKernelGradient } from './gradients.ts';
import { listWorkgroups, run } from './run.ts';

const forward = kernel('gelu.forward', [flat, normal, source], 'forward');
const backward = kernel('gelu.backward', [flat, normal, source], 'backward');

/**
 * Gaussian error linear unit in its exact (erf) form, as BERT uses it.
 * Backward: dX = dOut · (Φ(x) + x·φ(x)).
 * @param x any shape
 * @returns the same shape
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu(x: Tensor): Tensor {
  const y = empty(x.engine, x.shape);
  const count = Math.ceil(x.size / 4);
  const call = { params: { count }, workgroups: listWorkgroups(count) };
  run(forward, { x, y }, call);
  return record(y, [x], (dOut) => addKernelGradient(backward, x, dOut, { x }, call));
}
