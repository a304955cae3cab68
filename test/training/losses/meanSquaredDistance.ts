import { ArgumentError } from '../../../src/errors.ts';
import { scaledSum } from '../../../src/ops/sums/scaledSum.ts';
import type { Loss } from '../../../src/training/losses/loss.ts';

const texts = ['first', 'second'];

/**
 * A loss as small as one can be: the mean squared distance of two texts' embeddings, ‖a − b‖² over the n pairs of a
 * batch.
 */
export const meanSquaredDistance: Loss = {
  fields: texts,
  texts,
  targets: 'numbers',
  resolve(argument, examples) {
    return Array.from(examples as Record<string, unknown>[], (example, index) => {
      const { first, second } = example;
      if (typeof first !== 'string' || typeof second !== 'string') {
        throw new ArgumentError(`Trainer: ${argument}[${index}] has no first and second text.`, { argument });
      }
      return { index, texts: { first, second }, targets: {} };
    });
  },
  forRun: () => ({
    texts,
    weights: new Map([['distance', 1]]),
    parameters: [],
    trainsOn: () => true,
    ofEmbeddings({ first, second }, batch, share) {
      const difference = scaledSum(second!, -1, first);
      const slope = (2 * share) / batch.length;
      return {
        roots: [
          [first!, scaledSum(difference, slope)],
          [second!, scaledSum(difference, -slope)],
        ],
        values: [
          {
            name: 'distance',
            numbers: difference,
            reduce: ([numbers]) => numbers!.reduce((sum, x) => sum + x * x, 0) / batch.length,
          },
        ],
      };
    },
  }),
};
