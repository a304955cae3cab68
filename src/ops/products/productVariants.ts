import dropout from '../../../shaders/lib/dropout.wgsl?raw';
import eight from '../../../shaders/lib/eight.wgsl?raw';
import flat from '../../../shaders/lib/flat.wgsl?raw';
import shared from '../../../shaders/lib/gemm.wgsl?raw';
import normal from '../../../shaders/lib/normal.wgsl?raw';
import philox from '../../../shaders/lib/philox.wgsl?raw';
import tile from '../../../shaders/lib/tile.wgsl?raw';
import transposed from '../../../shaders/lib/transposed_broadcast.wgsl?raw';
import broadcastSource from '../../../shaders/products/gemm_broadcast.wgsl?raw';
import broadcastTnSource from '../../../shaders/products/gemm_broadcast_tn.wgsl?raw';
import registerSource from '../../../shaders/products/gemm_register.wgsl?raw';
import smallSource from '../../../shaders/products/gemm_small.wgsl?raw';
import tileSource from '../../../shaders/products/gemm_tile.wgsl?raw';
import { type Constants, extentOf, type Kernel, kernel } from '../../gpu/kernel.ts';
import {
  type Adapter,
  always,
  broadcast,
  type Family,
  onSoftware,
  type Variant,
} from '../../gpu/variants.ts';

/** The operands as they are stored: A·B, A·Bᵀ as in a linear layer, Aᵀ·B as for the gradient of a weight. */
export type Layout = 'NN' | 'NT' | 'TN';

/** A kernel for products; its text declares TILE_ROWS and TILE_QUADS, a workgroup's rows and vec4 columns of C. */
export interface ProductVariant extends Variant {
  readonly kernel: Kernel;
  readonly layouts: readonly Layout[];
  /** Values for the kernel's own overrides, besides those of shaders/lib/gemm.wgsl. */
  constants?(adapter: Adapter): Constants;
}

/**
 * Workgroups in x and y that cover a matrix, by what the kernel's text declares.
 * @param constants the kernel's own
 */
export function tilesOf(
  kernel: Kernel,
  rows: number,
  columns: number,
  constants?: Constants,
): [number, number] {
  return [
    Math.ceil(columns / 4 / extentOf(kernel, 'TILE_QUADS', constants)),
    Math.ceil(rows / extentOf(kernel, 'TILE_ROWS', constants)),
  ];
}

const common = [normal, philox, dropout, shared];

const variants: readonly ProductVariant[] = [
  {
    ...broadcast,
    kernel: kernel('gemm.broadcast', [eight, ...common, broadcastSource], 'multiply'),
    layouts: ['NN', 'NT'],
  },
  {
    ...broadcast,
    kernel: kernel('gemm.broadcastTn', [transposed, ...common, broadcastTnSource], 'multiply'),
    layouts: ['TN'],
  },
  {
    name: 'register',
    kernel: kernel('gemm.register', [...common, registerSource], 'multiply'),
    layouts: ['NN', 'NT', 'TN'],
    runsOn: always,
    suits: onSoftware,
  },
  {
    name: 'tile',
    kernel: kernel('gemm.tile', [...common, tile, tileSource], 'multiply'),
    layouts: ['NN', 'NT', 'TN'],
    runsOn: always,
    suits: always,
  },
];

const family = (layout: Layout): Family<ProductVariant> => ({
  name: `gemm.${layout}`,
  variants: variants.filter(({ layouts }) => layouts.includes(layout)),
});

/** Products whose rows are whole vec4s. */
export const products: Record<Layout, Family<ProductVariant>> = {
  NN: family('NN'),
  NT: family('NT'),
  TN: family('TN'),
};

const small = kernel('gemm.small', [flat, smallSource], 'multiply');

/**
 * Products with rows that are no whole vec4s, such as those of a head with three labels. An invocation makes a number:
 * a list of those of C, then of bias gradients.
 */
export const smallProducts: Family<Variant & Pick<ProductVariant, 'kernel'>> = {
  name: 'gemm.small',
  variants: [{ name: 'list', kernel: small, runsOn: always, suits: always }],
};
