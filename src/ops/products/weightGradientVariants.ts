import tile from '../../../shaders/lib/tile.wgsl?raw';
import transposed from '../../../shaders/lib/transposed_broadcast.wgsl?raw';
import pairs from '../../../shaders/lib/weight_gradients.wgsl?raw';
import broadcastSource from '../../../shaders/products/weight_gradients_broadcast.wgsl?raw';
import tileSource from '../../../shaders/products/weight_gradients_tile.wgsl?raw';
import { type Constants, type Kernel, kernel } from '../../gpu/kernel.ts';
import { type Adapter, always, broadcast, type Family, onGpu, type Variant } from '../../gpu/variants.ts';

/** A way to the gradients of linear layers' parameters. */
export interface WeightGradientVariant extends Variant {
  /** Takes two layers at once, with TILE_ROWS and TILE_QUADS in its text; undefined where each layer is a product. */
  readonly pair?: Kernel;
  constants?(adapter: Adapter): Constants;
}

export const weightGradients: Family<WeightGradientVariant> = {
  name: 'weightGradients',
  variants: [
    {
      ...broadcast,
      pair: kernel('weightGradients.broadcast', [transposed, pairs, broadcastSource], 'backward'),
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
