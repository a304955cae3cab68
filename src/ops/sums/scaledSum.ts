import source from '../../../shaders/add.wgsl?raw';
import flat from '../../../shaders/lib/flat.wgsl?raw';
import { kernel } from '../../gpu/kernel.ts';
import { expectShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { listWorkgroups, run } from '../run.ts';

const add = kernel('add', [flat, source], 'forward');

/**
 * scale · a + b. It records nothing for a backward pass: gradients are made with it.
 * @param a any shape
 * @param b the same shape; nothing is added where it is left out
 * @returns the same shape
 * @throws ShapeError
 */
export function scaledSum(a: Tensor, scale: number, b?: Tensor): Tensor {
  if (b) expectShape('scaledSum', 'b', b.shape, a.shape);
  const y = empty(a.engine, a.shape);
  const count = Math.ceil(y.size / 4);
  run(
    add,
    { a, b: b ?? a, y },
    { params: { count, scale }, constants: { ADD: b !== undefined }, workgroups: listWorkgroups(count) },
  );
  return y;
}
