import { addGradient, hold, letGo, needsGradient, record } from '../../tensor/autograd.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { type DropoutUse, masked } from '../dropout.ts';
import { gradientSum } from '../gradients.ts';
import { gemm } from './gemm.ts';
import { type LinearParameters, linearGradient } from './linearGradient.ts';

/**
 * y = x + dropout(gelu(x·W₁ᵀ + b₁)·W₂ᵀ + b₂), the feed-forward half of a transformer layer with its residual.
 * Backward, u = x·W₁ᵀ + b₁ kept, d = dOut ∘ mask: dU = d·W₂ ∘ gelu'(u), dX = dOut + dU·W₁, and each layer's dW and
 * dBias.
 * @param x [T, H]
 * @param wide [I, H] and [I]
 * @param narrow [H, I] and [H]
 * @returns [T, H]
 * @throws ShapeError
 * @see Vaswani et al. 2017, section 3.3, https://arxiv.org/abs/1706.03762
 */
export function feedForward(
  x: Tensor,
  wide: LinearParameters,
  narrow: LinearParameters,
  dropout?: DropoutUse,
): Tensor {
  const inputs = [x, wide.weight, wide.bias, narrow.weight, narrow.bias];
  const preActivation = inputs.some(needsGradient)
    ? empty(x.engine, [x.shape[0]!, wide.bias.size])
    : undefined;
  const activated = gemm(x, wide.weight, { transposeB: true, bias: wide.bias, gelu: true, preActivation });
  const y = gemm(activated, narrow.weight, { transposeB: true, bias: narrow.bias, dropout, residual: x });
  return record(y, inputs, (dOut) => {
    const d = dropout ? masked(dOut, dropout) : dOut;
    hold(d);
    linearGradient(activated, d, narrow);
    const goesOn = [x, wide.weight, wide.bias].some(needsGradient);
    const dU = goesOn && gemm(d, narrow.weight, { geluGradientAt: preActivation });
    letGo(d);
    if (!dU) return;
    hold(dU);
    linearGradient(x, dU, wide);
    // dOut goes on through the residual, so it is added to whatever else x has got.
    addGradient(x, (sum) => gemm(dU, wide.weight, { residual: gradientSum(dOut, sum) }));
    letGo(dU);
  });
}
