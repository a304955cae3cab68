import type { Kernel } from '../gpu/kernel.ts';
import { addGradient } from '../tensor/autograd.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { type Call, run } from './run.ts';
import { scaledSum } from './sums/scaledSum.ts';

/**
 * What an op adds to the gradient of its input, plus what the input's other consumers have added so far.
 * @returns `gradient` itself where `sum` is undefined, else a new tensor
 */
export function gradientSum(gradient: Tensor, sum: Tensor | undefined): Tensor {
  return sum ? scaledSum(gradient, 1, sum) : gradient;
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
  call: Call,
): void {
  addGradient(x, (sum) => {
    const dX = empty(x.engine, x.shape);
    const constants = { ...call.constants, ADD: sum !== undefined };
    run(kernel, { ...tensors, dOut, sumSoFar: sum ?? dOut, dX }, { ...call, constants });
    return dX;
  });
}
