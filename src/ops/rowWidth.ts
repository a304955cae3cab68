import { ShapeError } from '../errors.ts';
import { show } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Kernels read rows as vec4s. @throws ShapeError unless the last dimension is a multiple of 4 */
export function expectWidth(op: string, x: Tensor): void {
  const width = x.shape.at(-1) ?? 0;
  if (width > 0 && width % 4 === 0) return;
  throw new ShapeError(`${op}(): the last dimension of ${show(x.shape)} must be a multiple of 4.`, {
    op,
    shapes: [x.shape],
  });
}
