import source from '../../shaders/gradient_norm.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import type { Trainable } from './trainable.ts';

const sumSquares = kernel('gradientNorm.sumSquares', [row, source], 'sum_squares');
const finish = kernel('gradientNorm.finish', [row, source], 'finish');

/** Workgroups that sum a block, at most: enough to fill a large GPU, few enough for one workgroup to add up. */
const MOST_SUMS = 1024;
const WORTH_A_WORKGROUP = 1024;

/**
 * Records the norm over all gradients, before clipping, and the coefficient that clips it: both into the trainable's
 * status, where the update finds them. A norm beyond 1.8e19, whose square overflows, counts as not finite; once one
 * is not finite, the status says so for good.
 * @param steps [parameters, 4], what the step does to each: a row that only decays must know
 * @param clipNorm the most that the norm may be; 0 for no clipping
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */
export function recordGradientNorm(trainable: Trainable, steps: Tensor, clipNorm: number): void {
  const { engine, gradientBlocks, status, shrinkage } = trainable;
  const blocks = gradientBlocks.map((slice) => {
    const count = slice.bytes / 16;
    return { slice, count, workgroups: Math.min(MOST_SUMS, Math.ceil(count / WORTH_A_WORKGROUP)) };
  });
  const count = blocks.reduce((sum, { workgroups }) => sum + workgroups, 0);
  const sums = empty(engine, [count]);
  let first = 0;
  for (const { slice, count, workgroups } of blocks) {
    engine.commands.dispatch(sumSquares, {
      bindings: { gradient: slice, sums: sums.slice },
      params: { count, first, most: clipNorm },
      workgroups: [workgroups],
    });
    first += workgroups;
  }
  engine.commands.dispatch(finish, {
    bindings: { allSums: sums.slice, steps: steps.slice, status: status.slice, shrinkage: shrinkage.slice },
    params: { count, first: 0, most: clipNorm },
    workgroups: [1],
  });
}
