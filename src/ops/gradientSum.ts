import source from '../../shaders/add.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { listWorkgroups, run } from './run.ts';

const add = kernel('add', [flat, source], 'forward');

/**
 * What an op adds to the gradient of its input, plus what the input's other consumers have added so far.
 * @returns `gradient` itself where `sum` is undefined, else a new tensor
 */
export function gradientSum(gradient: Tensor, sum: Tensor | undefined): Tensor {
  if (!sum) return gradient;
  const y = empty(gradient.engine, gradient.shape);
  const count = Math.ceil(y.size / 4);
  run(add, { a: gradient, b: sum, y }, { params: { count }, workgroups: listWorkgroups(count) });
  return y;
}
