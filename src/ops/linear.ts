import { addGradient, needsGradient, record, writeGradient } from '../tensor/autograd.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { gemm } from './gemm.ts';
import { passOn } from './passOn.ts';

/** A linear layer's parameters, in PyTorch's layout. */
export interface LinearParameters {
  /** [out, in] */
  weight: Tensor;
  /** [out] */
  bias: Tensor;
}

/**
 * y = x·Wᵀ + bias (+ residual).
 * Backward: dX = dOut·W, dW = dOutᵀ·X, dBias = Σ dOut over the rows, dResidual = dOut.
 * @param x [T, in]
 * @param weight [out, in], PyTorch's layout
 * @param bias [out]
 * @param residual [T, out]
 * @returns [T, out]
 * @throws ShapeError
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor, residual?: Tensor): Tensor {
  const y = gemm(x, weight, { transposeB: true, bias, residual });
  return record(y, residual ? [x, weight, bias, residual] : [x, weight, bias], (dOut) => {
    if (residual) addGradient(residual, (sum) => passOn(dOut, sum));
    addGradient(x, (sum) => gemm(dOut, weight, { residual: sum }));
    linearGradient(x, dOut, { weight, bias });
  });
}

/** The gradients of a linear layer's weight and bias, in one kernel where both train. */
export function linearGradient(x: Tensor, dOut: Tensor, { weight, bias }: LinearParameters): void {
  writeGradient(weight, (into, accumulate) => {
    if (!needsGradient(bias)) {
      gemm(dOut, x, { transposeA: true, into, accumulate });
      return;
    }
    writeGradient(bias, (biasGradient) => {
      gemm(dOut, x, { transposeA: true, into, biasGradient, accumulate });
    });
  });
}
