import { normalize } from '../../../src/ops/normalize.ts';
import { gemm } from '../../../src/ops/products/gemm.ts';
import { fromData } from '../../../src/tensor/tensor.ts';
import type { EmbeddingLoss } from '../../../src/training/losses/loss.ts';

/**
 * The mean over all n² pairs of a batch's texts of their cosine: no text's gradient can be had without all the
 * others.
 */
export const pairwiseCosines: EmbeddingLoss = {
  texts: ['text'],
  weights: new Map([['cosine', 1]]),
  parameters: [],
  trainsOn: () => true,
  ofEmbeddings({ text }, batch, share) {
    const unit = normalize(text!);
    const pairs = batch.length ** 2;
    // Of Σ uᵢ·uⱼ / n² with respect to uᵢ: 2 Σⱼ uⱼ / n².
    const slopes = fromData(unit.engine, new Float32Array(pairs).fill((2 * share) / pairs), [
      batch.length,
      batch.length,
    ]);
    return {
      roots: [[unit, gemm(slopes, unit)]],
      values: [
        {
          name: 'cosine',
          numbers: gemm(unit, unit, { transposeB: true }),
          reduce: ([cosines]) => cosines!.reduce((sum, cosine) => sum + cosine, 0) / pairs,
        },
      ],
    };
  },
};
