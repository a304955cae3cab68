import { addGradient, hold, letGo, record } from '../../tensor/autograd.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type DropoutUse, masked } from '../dropout.ts';
import { gradientSum } from '../gradients.ts';
import { gemm } from './gemm.ts';
import { linearGradient } from './linearGradient.ts';

/**
 * y = dropout(x·Wᵀ + bias) (+ residual).
 * Backward: dResidual = dOut; with d = dOut ∘ mask, dX = d·W, dW = dᵀ·X, dBias = Σ d over the rows.
 * @param x [T, in]
 * @param weight [out, in], PyTorch's layout
 * @param bias [out]
 * @param residual [T, out]
 * @param dropout of the product and its bias, before the residual is added
 * @returns [T, out]
 * @throws ShapeError
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  residual?: Tensor,
  dropout?: DropoutUse,
): Tensor {
  const y = gemm(x, weight, { transposeB: true, bias, dropout, residual });
  return record(y, residual ? [x, weight, bias, residual] : [x, weight, bias], (dOut) => {
    if (residual) addGradient(residual, (sum) => gradientSum(dOut, sum));
    const d = dropout ? masked(dOut, dropout) : dOut;
    hold(d);
    addGradient(x, (sum) => gemm(d, weight, { residual: sum }));
    linearGradient(x, d, { weight, bias });
    letGo(d);
  });
}
