import broadcastBackwardSource from '../../shaders/attention/attention_backward_broadcast.wgsl?raw';
import tileBackwardSource from '../../shaders/attention/attention_backward_tile.wgsl?raw';
import broadcastSource from '../../shaders/attention/attention_broadcast.wgsl?raw';
import tileSource from '../../shaders/attention/attention_tile.wgsl?raw';
import shared from '../../shaders/lib/attention.wgsl?raw';
import backwardShared from '../../shaders/lib/attention_backward.wgsl?raw';
import forwardShared from '../../shaders/lib/attention_forward.wgsl?raw';
import dropout from '../../shaders/lib/dropout.wgsl?raw';
import eight from '../../shaders/lib/eight.wgsl?raw';
import philox from '../../shaders/lib/philox.wgsl?raw';
import { type Constants, type Kernel, kernel } from '../gpu/kernel.ts';
import { type Adapter, always, broadcast, type Family, type Variant } from '../gpu/variants.ts';

/** A kernel for attention or its gradients; its text declares TILE_ROWS, the rows that a workgroup owns. */
export interface AttentionVariant extends Variant {
  readonly kernel: Kernel;
  /** Values for the kernel's own overrides. @param quads vec4s of a head, 1 to {@link MOST_QUADS} */
  constants(adapter: Adapter, quads: number): Constants;
}

/** vec4s of the largest head, and most invocations of a tile's workgroup, which has a lane for each vec4. */
export const MOST_QUADS = 64;
/** Most invocations in the backward pass, unless a head is larger: each keeps more in registers there. */
const BACKWARD_LANES = 32;
/** Floats of one operand staged in workgroup memory: 8 KB and, where four are staged, 2 KB. */
const STAGED = 2048;
const BACKWARD_STAGED = 512;

const forward = [philox, dropout, shared, forwardShared];
const backward = [philox, dropout, shared, backwardShared];
const tile = { name: 'tile', runsOn: always, suits: always };

export const attentionForward: Family<AttentionVariant> = {
  name: 'attention',
  variants: [
    {
      ...broadcast,
      kernel: kernel('attention.broadcast', [eight, ...forward, broadcastSource], 'forward'),
    },
    {
      ...tile,
      kernel: kernel('attention.tile', [...forward, tileSource], 'forward'),
      constants: (_, quads) => ({
        QUADS: quads,
        GROUPS: Math.min(8, Math.floor(MOST_QUADS / quads)),
        KEYS: Math.min(32, Math.floor(STAGED / (4 * quads))),
      }),
    },
  ],
};

export const attentionBackward: Family<AttentionVariant> = {
  name: 'attentionBackward',
  variants: [
    {
      ...broadcast,
      kernel: kernel(
        'attentionBackward.broadcast',
        [eight, ...backward, broadcastBackwardSource],
        'backward',
      ),
    },
    {
      ...tile,
      kernel: kernel('attentionBackward.tile', [...backward, tileBackwardSource], 'backward'),
      constants: (_, quads) => ({
        QUADS: quads,
        GROUPS: Math.max(1, Math.min(4, Math.floor(BACKWARD_LANES / quads))),
        OTHERS: Math.min(16, Math.floor(BACKWARD_STAGED / (4 * quads))),
      }),
    },
  ],
};
