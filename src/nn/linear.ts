import { type MatmulOptions, matmul } from '../ops/matmul.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * x·Wᵀ + bias, with what follows it in one kernel.
 * @param x [T, in]
 * @param weight [out, in], PyTorch's layout
 * @param bias [out]
 * @returns [T, out]
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  then: Pick<MatmulOptions, 'gelu' | 'residual'> = {},
): Tensor {
  return matmul(x, weight, { transposeB: true, bias, ...then });
}
