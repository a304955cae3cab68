import broadcastSource from '../../shaders/gemm_broadcast.wgsl?raw';
import registerSource from '../../shaders/gemm_register.wgsl?raw';
import smallSource from '../../shaders/gemm_small.wgsl?raw';
import tileSource from '../../shaders/gemm_tile.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import shared from '../../shaders/lib/gemm.wgsl?raw';
import normal from '../../shaders/lib/normal.wgsl?raw';
import { ShapeError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import { type Constants, type Kernel, kernel } from '../gpu/kernel.ts';
import { type KernelStyle, pickStyle } from '../gpu/tuning.ts';
import { expectShape, show } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { listGroups, run } from './run.ts';

const kernels: Record<KernelStyle, Kernel> = {
  tile: kernel('matmul.tile', [normal, shared, tileSource], 'multiply'),
  broadcast: kernel('matmul.broadcast', ['enable subgroups;', normal, shared, broadcastSource], 'multiply'),
  register: kernel('matmul.register', [normal, shared, registerSource], 'multiply'),
};
const small = kernel('matmul.small', [flat, smallSource], 'multiply');

export interface MatmulOptions {
  /** B is [N, K], as a PyTorch linear weight is, instead of [K, N]. */
  transposeB?: boolean;
  /** [N], added to every row. */
  bias?: Tensor;
  /** GELU after the bias. */
  gelu?: boolean;
  /** [M, N], added last. */
  residual?: Tensor;
  /** Which kernel; the adapter's own where it is left out. */
  style?: KernelStyle;
}

/**
 * Matrix product with what usually follows it: gelu(A·B + bias) + residual.
 * @param a [M, K]
 * @param b [K, N], or [N, K] with `transposeB`
 * @returns [M, N]
 * @throws ShapeError; also where K or N is not a multiple of 4 and GELU or a residual is asked for
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeB = false, bias, gelu = false, residual } = options;
  expectShape('matmul', 'a', a.shape, [null, null]);
  const [rows, inner] = a.shape as [number, number];
  expectShape('matmul', 'b', b.shape, transposeB ? [null, inner] : [inner, null]);
  const columns = b.shape[transposeB ? 0 : 1]!;
  if (bias) expectShape('matmul', 'bias', bias.shape, [columns]);
  if (residual) expectShape('matmul', 'residual', residual.shape, [rows, columns]);
  const c = empty(a.engine, [rows, columns]);

  if (inner % 4 !== 0 || columns % 4 !== 0) {
    if (gelu || residual) {
      throw new ShapeError(
        `matmul(): ${show(a.shape)} · ${show(b.shape)} with GELU or a residual needs sizes that are multiples of 4.`,
        { op: 'matmul', shapes: [a.shape, b.shape] },
      );
    }
    run(
      small,
      { a, b, bias: bias ?? b, c },
      {
        params: { rows, columns, inner },
        constants: { TRANSPOSE_B: transposeB, BIAS: bias !== undefined },
        groups: listGroups(rows * columns),
      },
    );
    return c;
  }

  const style = options.style ?? pickStyle(a.engine.adapter);
  const lanes: Constants = style === 'broadcast' ? { SUBGROUP: a.engine.adapter.subgroupSize } : {};
  run(
    kernels[style],
    // What a constant leaves out must still be bound; any tensor will do.
    { a, b, bias: bias ?? b, residual: residual ?? a, c },
    {
      params: { rows, columns: columns / 4, inner: inner / 4 },
      constants: {
        TRANSPOSE_B: transposeB,
        BIAS: bias !== undefined,
        GELU: gelu,
        RESIDUAL: residual !== undefined,
        ...lanes,
      },
      groups: tiles(style, a.engine, rows, columns),
    },
  );
  return c;
}

/** Workgroups: columns in x, rows in y, by what a workgroup of each kernel covers. */
function tiles(style: KernelStyle, engine: Engine, rows: number, columns: number): [number, number] {
  const covered = {
    tile: [64, 64],
    broadcast: [4 * engine.adapter.subgroupSize, 64],
    register: [32, 16],
  } as const;
  const [width, height] = covered[style];
  return [Math.ceil(columns / width), Math.ceil(rows / height)];
}
