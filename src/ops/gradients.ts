import source from '../../shaders/add.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import { type Kernel, kernel } from '../gpu/kernel.ts';
import { addGradient } from '../tensor/autograd.ts';
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

/**
 * Adds to the gradient of `x` what a backward kernel computes. Beside `tensors` the kernel reads dOut and, where ADD,
 * sum_so_far: what other consumers of `x` have added. It writes d_x.
 */
export function addKernelGradient(
  kernel: Kernel,
  x: Tensor,
  dOut: Tensor,
  tensors: Readonly<Record<string, Tensor>>,
  call: Parameters<typeof run>[2],
): void {
  addGradient(x, (sum) => {
    const dX = empty(x.engine, x.shape);
    const constants = { ...call.constants, ADD: sum !== undefined };
    run(kernel, { ...tensors, dOut, sumSoFar: sum ?? dOut, dX }, { ...call, constants });
    return dX;
  });
}
