import tile from '../../../shaders/lib/tile.wgsl?raw';
import transposed from '../../../shaders/lib/transposed_broadcast.wgsl?raw';
import pairs from '../../../shaders/lib/weight_gradients.wgsl?raw';
import broadcastSource from '../../../shaders/products/weight_gradients_broadcast.wgsl?raw';
import tileSource from '../../../shaders/products/weight_gradients_tile.wgsl?raw';
import { type Constants, type Kernel, kernel } from '../../gpu/kernel.ts';
import {
  type Adapter,
  always,
  type Family,
  hasSubgroups,
  onGpu,
  onSoftware,
  type Variant,
} from '../../gpu/variants.ts';
import { subgroupLanes } from './productVariants.ts';

/** A way to the gradients of linear layers' parameters. */
export interface WeightGradientVariant extends Variant {
  /**
   * Takes two layers at once; undefined where each layer is a matrix product by itself. Its text declares TILE_ROWS
   * and TILE_QUADS: the rows and vec4 columns of a weight's gradient that a workgroup covers.
   */
  readonly pair?: Kernel;
  constants?(adapter: Adapter): Constants;
}

export const weightGradients: Family<WeightGradientVariant> = {
  name: 'weightGradients',
  variants: [
    {
      name: 'broadcast',
      pair: kernel(
        'weightGradients.broadcast',
        ['enable subgroups;', transposed, pairs, broadcastSource],
        'backward',
      ),
      runsOn: hasSubgroups,
      suits: onSoftware,
      constants: subgroupLanes,
    },
    {
      name: 'tile',
      pair: kernel('weightGradients.tile', [pairs, tile, tileSource], 'backward'),
      runsOn: always,
      suits: onGpu,
    },
    { name: 'separate', runsOn: always, suits: always },
  ],
};
