import { chosen } from '../../gpu/variants.ts';
import { expectShape, show, wrongShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { type DropoutUse, dropoutParams } from '../dropout.ts';
import { listWorkgroups, run } from '../run.ts';
import { scratch } from '../scratch.ts';
import { products, smallProducts, tilesOf } from './productVariants.ts';

/** The steps around a product, in this order. */
export interface GemmOptions {
  /** A is [K, M] instead of [M, K]. */
  transposeA?: boolean;
  /** B is [N, K], as a PyTorch linear weight is, instead of [K, N]. */
  transposeB?: boolean;
  /** [N], added to every row. */
  bias?: Tensor;
  /** [M, N], written: the value before GELU. */
  preActivation?: Tensor;
  /** GELU of the value. */
  gelu?: boolean;
  /** [M, N]: the value is multiplied by GELU's derivative there. Not together with `residual`. */
  geluGradientAt?: Tensor;
  /** Dropout of the value. */
  dropout?: DropoutUse;
  /** [M, N], added. */
  residual?: Tensor;
  /** [M, N], written instead of a new tensor. */
  into?: Tensor;
  /** With `transposeA`: [M], written with the sums of op(A) over K, the gradient of a bias. */
  biasGradient?: Tensor;
  /** Add to what `into` and `biasGradient` hold. */
  accumulate?: boolean;
}

/**
 * A matrix product with the steps that usually surround it, in one kernel: op(A)·op(B), then what the options say. It
 * records nothing for a backward pass; `linear` and `feedForward` do.
 * @param a [M, K] (or [K, M])
 * @param b [K, N] (or [N, K])
 * @returns [M, N]
 * @throws ShapeError; also for GELU or dropout where K or N is not a multiple of 4
 */
export function gemm(a: Tensor, b: Tensor, options: GemmOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, accumulate = false } = options;
  if (transposeA && transposeB) {
    throw wrongShape('gemm', 'Aᵀ·Bᵀ is not there; B·A gives its transpose', [a.shape, b.shape]);
  }
  expectShape('gemm', 'a', a.shape, [null, null]);
  const rows = a.shape[transposeA ? 1 : 0]!;
  const inner = a.shape[transposeA ? 0 : 1]!;
  expectShape('gemm', 'b', b.shape, transposeB ? [null, inner] : [inner, null]);
  const columns = b.shape[transposeB ? 0 : 1]!;
  checkOperands(options, rows, columns);

  const { engine } = a;
  const c = options.into ?? empty(engine, [rows, columns]);
  // A buffer that no step uses must still be bound: some tensor for reading, a scratch of its own for writing.
  const tensors = {
    a,
    b,
    bias: options.bias ?? b,
    operand: options.residual ?? options.geluGradientAt ?? a,
    c,
    biasGradient: options.biasGradient ?? scratch(engine, 0),
  };
  const constants = {
    TRANSPOSE_A: transposeA,
    TRANSPOSE_B: transposeB,
    BIAS: options.bias !== undefined,
    RESIDUAL: options.residual !== undefined,
    ACCUMULATE: accumulate,
    BIAS_GRADIENT: options.biasGradient !== undefined,
  };

  if (columns % 4 !== 0 || (transposeA ? rows : inner) % 4 !== 0) {
    if (options.gelu || options.preActivation || options.geluGradientAt || options.dropout) {
      const given = `${show(a.shape)} · ${show(b.shape)} with GELU or dropout`;
      throw wrongShape('gemm', `${given} needs sizes that are multiples of 4`, [a.shape, b.shape]);
    }
    const biases = options.biasGradient ? rows : 0;
    run(chosen(smallProducts, engine).kernel, tensors, {
      params: { rows, columns, inner },
      constants,
      workgroups: listWorkgroups(rows * columns + biases),
    });
    return c;
  }

  const variant = chosen(products[transposeA ? 'TN' : transposeB ? 'NT' : 'NN'], engine);
  const { kernel } = variant;
  const own = variant.constants?.(engine.adapter);
  run(
    kernel,
    { ...tensors, preActivation: options.preActivation ?? scratch(engine, 1) },
    {
      params: {
        rows,
        columnQuads: columns / 4,
        inner,
        ...dropoutParams(options.dropout, 'rows', columns / 4),
      },
      constants: {
        ...constants,
        SAVE: options.preActivation !== undefined,
        GELU: options.gelu ?? false,
        DROPOUT: options.dropout !== undefined,
        GELU_GRADIENT: options.geluGradientAt !== undefined,
        ...own,
      },
      workgroups: tilesOf(kernel, rows, columns, own),
    },
  );
  return c;
}

function checkOperands(options: GemmOptions, rows: number, columns: number): void {
  if (options.bias) expectShape('gemm', 'bias', options.bias.shape, [columns]);
  if (options.biasGradient) expectShape('gemm', 'biasGradient', options.biasGradient.shape, [rows]);
  for (const name of ['preActivation', 'geluGradientAt', 'residual', 'into'] as const) {
    const tensor = options[name];
    if (tensor) expectShape('gemm', name, tensor.shape, [rows, columns]);
  }
}
