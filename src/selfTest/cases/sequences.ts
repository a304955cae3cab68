import { embeddings } from '../../ops/embeddings.ts';
import { pool } from '../../ops/pooling.ts';
import { segmentSums } from '../../ops/sums/segmentSums.ts';
import type { Pooling } from '../../types.ts';
import { type Bench, EXACT, type KernelCase } from '../bench.ts';
import { EPS } from './rows.ts';

const kernel = 'segmentSums.backward';
const sums = { stored: 'segmentSums', part: 'train', kernel, tolerance: 6e-7 } as const;

/** Kernels that look tokens up, and kernels that make one vector of a sequence. */
export const sequences: KernelCase[] = [
  {
    stored: 'embeddings',
    part: 'embed',
    kernel: 'embeddings.forward',
    results: { y: 'y' },
    tolerance: 1.2e-6,
    record: embed,
  },
  {
    stored: 'embeddings',
    part: 'train',
    kernel: 'embeddings.gather',
    results: { y: 'sum' },
    tolerance: EXACT,
    record: (bench) =>
      bench.backward([bench.parameter('word')], () => {
        embed(bench);
        return [];
      }),
  },
  { ...sums, results: { gradients: 'sums' }, record: (bench) => sumSegments(bench, false) },
  {
    ...sums,
    variant: 'added',
    given: { gradients: 'before' },
    results: { gradients: 'sumsMore' },
    record: (bench) => sumSegments(bench, true),
  },
  ...(['mean', 'cls', 'max', 'mean-with-padding'] as const).map(
    (pooling): KernelCase => ({
      stored: 'pooling',
      part: 'embed',
      kernel: 'pooling.forward',
      variant: pooling,
      results: { y: pooling },
      tolerance: pooling === 'cls' || pooling === 'max' ? EXACT : 5e-7,
      record: (bench) => pool(bench.tensor('x'), bench.packing(), pooling),
    }),
  ),
  // Heads read these two poolings.
  ...(['mean', 'cls'] as const).flatMap((pooling) => [
    poolingBackward(pooling, false),
    poolingBackward(pooling, true),
  ]),
];

function embed(bench: Bench): void {
  const ids = { tokens: bench.unsigned('tokens'), positions: bench.unsigned('positions') };
  embeddings(ids, bench.tensors('word', 'position', 'tokenType', 'gamma', 'beta'), EPS);
}

function sumSegments(bench: Bench, accumulate: boolean): void {
  const { gradient } = bench.leaf(bench.tensor('before').shape);
  segmentSums(bench.tensor('dOut'), [{ rowOf: bench.stored.integers('rowOf'), gradient, accumulate }]);
}

/** @param adds whether another head has added to the gradient before */
function poolingBackward(pooling: Pooling, adds: boolean): KernelCase {
  return {
    stored: 'pooling',
    part: 'train',
    kernel: 'pooling.backward',
    variant: adds ? `${pooling}, added` : pooling,
    constants: { ADD: adds },
    given: adds ? { sumSoFar: 'before' } : undefined,
    results: { dX: `${pooling}Back${adds ? 'More' : ''}` },
    tolerance: EXACT,
    record: (bench) => {
      const packed = bench.packing();
      bench.backward([], (track) => {
        const x = track(bench.tensor('x'));
        return [0, 1].map(() => [pool(x, packed, pooling), bench.tensor('dOut')] as const);
      });
    },
  };
}
