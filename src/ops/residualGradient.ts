import source from '../../shaders/add.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { listGroups, run } from './run.ts';

const add = kernel('add', [flat, source], 'forward');

/** The gradient of what an op only adds: its output's own, plus what other consumers have given. */
export function passOn(dOut: Tensor, sum: Tensor | undefined): Tensor {
  if (!sum) return dOut;
  const y = empty(dOut.engine, dOut.shape);
  const count = Math.ceil(y.size / 4);
  run(add, { a: dOut, b: sum, y }, { params: { count }, groups: listGroups(count) });
  return y;
}
